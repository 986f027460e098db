/** Changing a run while it is on: pausing, single steps, the learning rate, statistics, weights. */
import { type QuickPickItem, window } from 'vscode';
import {
  type ControlAction,
  type ControlEvent,
  control,
  controls,
  type VariantControls,
} from '../../sidecar/protocol/control.ts';
import type { RunSummary, VariantSummary } from '../../sidecar/protocol/runs.ts';
import type { Lab } from '../lab.ts';
import { isUnfinished } from '../runs.ts';
import { progress } from '../status-text.ts';
import { numberProblem } from './control-text.ts';
import { type ControlTarget, ids } from './ids.ts';
import { offer } from './messages.ts';
import { activeRun } from './train.ts';

/** Variants of one run, by name. */
interface Chosen {
  readonly run: RunSummary;
  readonly variants: readonly VariantSummary[];
}

interface Choice {
  readonly title: string;
  /** Whether it can be done with a variant in this state. */
  readonly suits: (variant: VariantSummary) => boolean;
  /** What to say when there is none. */
  readonly otherwise: string;
}

const isPaused = ({ state }: VariantSummary) => state === 'paused';
const isOn = ({ state }: VariantSummary) => state === 'training' || state === 'paused';
const nothingBegun = 'Every variant that is on still waits for its turn.';
const nothingPaused = 'Nothing is paused: pause the training first.';

export async function pauseTraining(lab: Lab, target: ControlTarget = {}): Promise<void> {
  const chosen = await choose(lab, target, {
    title: 'Variant to pause',
    suits: (variant) => isUnfinished(variant) && !isPaused(variant),
    otherwise: 'Everything that is on is paused already.',
  });
  if (chosen !== undefined) await change(lab, chosen, { kind: 'pause' });
}

export async function continueTraining(lab: Lab, target: ControlTarget = {}): Promise<void> {
  const title = 'Variant to continue';
  const chosen = await choose(lab, target, { title, suits: isPaused, otherwise: nothingPaused });
  if (chosen !== undefined) await change(lab, chosen, { kind: 'continue' });
}

/** Says for a moment what the step came to: who makes many of them wants no message to close after each. */
export async function makeStep(lab: Lab, target: ControlTarget = {}): Promise<void> {
  const title = 'Variant to make one step of';
  const chosen = await choose(lab, target, { title, suits: isPaused, otherwise: nothingPaused });
  if (chosen === undefined) return;
  const events = await change(lab, chosen, { kind: 'step' });
  window.setStatusBarMessage(effectText(chosen, events), 5000);
}

export async function changeLearningRate(lab: Lab, target: ControlTarget = {}): Promise<void> {
  const title = 'Variant whose learning rate to change';
  const chosen = await choose(lab, target, { title, suits: isOn, otherwise: nothingBegun });
  if (chosen === undefined) return;
  const known = await controlsOf(lab, chosen);
  if (known.length === 0) return;
  const rates = known.map(({ variant, learningRate }) => `${variant} ${learningRate}`).join(', ');
  const typed = await window.showInputBox({
    title: `Learning rate of ${known.map(({ variant }) => variant).join(', ')}`,
    prompt: `At present: ${rates}. The schedule goes on from the new one.`,
    value: String(known[0].learningRate),
    validateInput: (text) => numberProblem(text, known[0].largestLearningRate),
  });
  if (typed === undefined) return;
  await changeAndTell(lab, chosen, { kind: 'learning-rate', value: Number(typed) });
}

export function evaluateByBatch(lab: Lab, target: ControlTarget = {}): Promise<void> {
  return evaluateBy(lab, target, 'batch');
}

export function evaluateByRunning(lab: Lab, target: ControlTarget = {}): Promise<void> {
  return evaluateBy(lab, target, 'running');
}

async function evaluateBy(
  lab: Lab,
  target: ControlTarget,
  use: VariantControls['evaluationStatistics'],
): Promise<void> {
  const title = `Variant to evaluate with ${use} statistics`;
  const chosen = await choose(lab, target, { title, suits: isOn, otherwise: nothingBegun });
  if (chosen !== undefined)
    await changeAndTell(lab, chosen, { kind: 'evaluation-statistics', use });
}

export async function recomputeStatistics(lab: Lab, target: ControlTarget = {}): Promise<void> {
  const title = 'Variant whose running statistics to recompute';
  const chosen = await choose(lab, target, { title, suits: isOn, otherwise: nothingBegun });
  if (chosen !== undefined) await changeAndTell(lab, chosen, { kind: 'recompute-statistics' });
}

/** Asks for layer and factor; a variant that trains has to be paused for it. */
export async function scaleLayerWeights(lab: Lab, target: ControlTarget = {}): Promise<void> {
  const title = 'Variant whose weights to scale';
  const one = { title, suits: isOn, otherwise: nothingBegun, single: true };
  const chosen = await choose(lab, target, one);
  if (chosen === undefined || !(await mayScale(lab, chosen))) return;
  const [known] = await controlsOf(lab, chosen);
  if (known === undefined) return;
  const layer = await window.showQuickPick(known.scalableLayers, {
    title: `Layer of ${known.variant} whose weights to scale`,
    placeHolder: 'The bias stays as it is',
  });
  if (layer === undefined) return;
  const typed = await window.showInputBox({
    title: `Factor for the weights of ${layer}`,
    prompt:
      'Behind it, batch normalization divides the factor out: outputs stay, the gradient is divided by it.',
    value: '10',
    validateInput: (text) => numberProblem(text),
  });
  if (typed === undefined) return;
  await changeAndTell(lab, chosen, { kind: 'scale-weights', layer, factor: Number(typed) });
}

/** Whether the variant is paused, if need be by the user's leave. */
async function mayScale(lab: Lab, chosen: Chosen): Promise<boolean> {
  const [variant] = chosen.variants;
  if (isPaused(variant)) return true;
  const pause = 'Pause and Scale';
  const text = `${variant.variant} is training. Its weights can be scaled while it is paused, so that before and after are of the same step.`;
  if ((await window.showInformationMessage(text, pause)) !== pause) return false;
  await change(lab, chosen, { kind: 'pause' });
  return true;
}

/** The variants that a command means: those of its target, the only one, or what the user picks by name. */
async function choose(
  lab: Lab,
  target: ControlTarget,
  { title, suits, otherwise, single = false }: Choice & { readonly single?: boolean },
): Promise<Chosen | undefined> {
  const run = await activeRun(lab, target, title);
  if (run === undefined) return undefined;
  const suitable = run.variants.filter(suits);
  if (suitable.length === 0) {
    offer('info', otherwise, { 'Show Dashboard': ids.showDashboard });
    return undefined;
  }
  if (target.variant === null && !single) return { run, variants: suitable };
  const named = suitable.filter(({ variant }) => variant === target.variant);
  if (named.length > 0) return { run, variants: named };
  if (suitable.length === 1) return { run, variants: suitable };
  const items = suitable.map((variant): QuickPickItem & { variants: VariantSummary[] } => {
    return { label: variant.variant, description: progress(variant), variants: [variant] };
  });
  const all = { label: 'All of these', variants: suitable };
  const picked = await window.showQuickPick(single ? items : [...items, all], { title });
  return picked && { run, variants: picked.variants };
}

/** What can be changed of the chosen variants that have not ended meanwhile. */
async function controlsOf({ sidecar }: Lab, { run, variants }: Chosen) {
  const found = await sidecar.request(controls, { runId: run.runId });
  return found.filter(({ variant }) => variants.some((each) => each.variant === variant));
}

function change(lab: Lab, { run, variants }: Chosen, action: ControlAction) {
  const { runId } = run;
  return Promise.all(
    variants.map(async ({ variant }): Promise<ControlEvent> => {
      const [event] = await lab.sidecar.request(control, { runId, variant, action });
      return event;
    }),
  );
}

async function changeAndTell(lab: Lab, chosen: Chosen, action: ControlAction): Promise<void> {
  const events = await change(lab, chosen, action);
  offer('info', effectText(chosen, events), { 'Show Dashboard': ids.showDashboard });
}

function effectText({ run, variants }: Chosen, events: readonly ControlEvent[]): string {
  const effects = events.map(({ effect }, i) => `${variants[i].variant}: ${effect}`);
  return `${run.name}, ${effects.join(' ')}`;
}
