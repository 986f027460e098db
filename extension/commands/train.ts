/** Starting and stopping runs. */
import { DiagnosticSeverity, languages, type Uri, window, workspace } from 'vscode';
import {
  baseVariant,
  type RunSummary,
  stop,
  type TrainParams,
  train,
} from '../../sidecar/protocol/runs.ts';
import type { Lab } from '../lab.ts';
import { networkFile } from '../network-files.ts';
import { isActive } from '../runs.ts';
import { ids, type Target, type TrainTarget } from './ids.ts';
import { offer } from './messages.ts';

/** Trains the network as written, or the variants that a code lens or the dashboard names. */
export function trainNetwork(lab: Lab, target: TrainTarget = {}): Promise<void> {
  const variants = target.variants ?? [target.variant ?? baseVariant];
  return startRun(lab, target.uri, variants);
}

/** Trains the network as written and all its variants, over the same examples. */
export function trainAllVariants(lab: Lab, target: Target = {}): Promise<void> {
  return startRun(lab, target.uri, 'all');
}

/** Stops the run of the target's file, else the only run, else the one that the user picks. */
export async function stopTraining(lab: Lab, target: Target = {}): Promise<void> {
  const run = await activeRun(lab, target, 'Run to stop');
  if (run !== undefined) await lab.sidecar.request(stop, { runId: run.runId });
}

/** The run that is on of the target's file, else the only one, else the one that the user picks. */
export async function activeRun(
  { runs }: Lab,
  target: { readonly uri?: string },
  title: string,
): Promise<RunSummary | undefined> {
  const active = runs.active();
  const uri = target.uri ?? window.activeTextEditor?.document.uri.toString();
  return active.find((other) => other.uri === uri) ?? pickRun(active, title);
}

/** What `stopTraining` needs. */
export function requireRun({ runs }: Lab): boolean {
  if (runs.active().length > 0) return true;
  offer('info', 'Nothing is training.', { 'Train Network': ids.train });
  return false;
}

async function startRun(
  lab: Lab,
  target: string | undefined,
  variants: TrainParams['variants'],
): Promise<void> {
  const uri = await networkFile(target);
  if (uri === undefined) {
    offer('info', 'Open a network file (*.bn.yaml) to train it.', {
      'New Network File': ids.newFile,
      'Open Example': ids.openExample,
    });
    return;
  }
  const current = lab.runs.newest(uri.toString());
  if (current !== undefined && isActive(current) && !(await mayReplace(lab, current))) return;
  const run = await accepted(lab, uri, variants);
  if (run === undefined) return;
  lab.runs.update(run);
  await lab.dashboard.follow(run, { open: opensDashboard() });
}

/** Asks the sidecar; what is wrong in the file stands in the Problems view, so its refusal leads there. */
async function accepted(
  { sidecar }: Lab,
  uri: Uri,
  variants: TrainParams['variants'],
): Promise<RunSummary | undefined> {
  try {
    return await sidecar.request(train, { uri: uri.toString(), variants });
  } catch (error) {
    const wrong = languages
      .getDiagnostics(uri)
      .some(({ severity }) => severity === DiagnosticSeverity.Error);
    if (!wrong) throw error;
    offer('error', (error as Error).message, {
      'Show Problems': 'workbench.actions.view.problems',
    });
    return undefined;
  }
}

/** Two runs of one file would fight for its notes and its processors. */
async function mayReplace({ sidecar }: Lab, run: RunSummary): Promise<boolean> {
  const again = 'Stop and Train Again';
  const answer = await window.showWarningMessage(`${run.name} is already training.`, again);
  if (answer !== again) return false;
  await sidecar.request(stop, { runId: run.runId });
  return true;
}

async function pickRun(
  runs: readonly RunSummary[],
  title: string,
): Promise<RunSummary | undefined> {
  if (runs.length === 1) return runs[0];
  const items = runs.map((run) => ({ label: run.name, description: run.uri, run }));
  return (await window.showQuickPick(items, { title }))?.run;
}

function opensDashboard(): boolean {
  return workspace.getConfiguration('batchnorm').get('dashboard.openOnTrain', true);
}
