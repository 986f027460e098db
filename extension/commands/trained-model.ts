/** What there is to take away: the run that a command means, and which of its variants. */
import { commands, type QuickPickItem, window } from 'vscode';
import { list, type RunSummary, type VariantSummary } from '../../sidecar/protocol/runs.ts';
import { wholeRun } from '../../sidecar/protocol/statistics.ts';
import type { Lab } from '../lab.ts';
import { networkFile, shownNetworkFile } from '../network-files.ts';
import { presentEnsemble, savedVariants, trainedVariants } from '../runs.ts';
import { progress } from '../status-text.ts';
import type { Situation } from './export-choices.ts';
import { goneText } from './export-text.ts';
import { ids, type Target } from './ids.ts';
import { offer } from './messages.ts';

/** A variant of a run, or the mean of those that the file asks for. */
export interface TrainedModel {
  readonly run: RunSummary;
  readonly label: string;
  /** Null: the ensemble. */
  readonly variant: string | null;
}

interface Purpose {
  readonly title: string;
  /** `exported`, as in: nothing has been trained yet that could be exported. */
  readonly verb: string;
  readonly withEnsemble: boolean;
}

/** The model that is meant, or that the user picks; says so when there is none. */
export async function chooseTrained(
  lab: Lab,
  target: Target,
  purpose: Purpose,
): Promise<TrainedModel | undefined> {
  const run = await runOf(lab, target);
  const train = { 'Train Network': () => commands.executeCommand(ids.train, { uri: run?.uri }) };
  if (run === undefined || trainedVariants(run).length === 0) {
    offer('info', `Nothing has been trained yet that could be ${purpose.verb}.`, train);
    return undefined;
  }
  const present = await presentVariants(lab, run);
  if (present.length === 0) {
    offer('warning', goneText(run), train);
    return undefined;
  }
  const named = present.find(({ variant }) => variant === target.variant);
  // Nobody who named another variant is given this one unasked.
  const only = target.variant === undefined && present.length === 1 ? present[0] : undefined;
  const certain = named ?? only;
  if (certain !== undefined) return { run, label: certain.variant, variant: certain.variant };
  const items = present.map((variant) => ({
    label: variant.variant,
    description: progress(variant),
    detail: variant.note,
    variant: variant.variant,
  }));
  const ensemble = purpose.withEnsemble ? ensembleItems(run, present) : [];
  const picked = await window.showQuickPick<QuickPickItem & { variant: string | null }>(
    [...items, ...ensemble],
    { title: purpose.title },
  );
  return picked && { run, label: picked.variant ?? 'the ensemble', variant: picked.variant };
}

/** What there is to choose about a model; what is not known is taken to be there. */
export async function situationOf(lab: Lab, { run, variant }: TrainedModel): Promise<Situation> {
  const names = variant === null ? (run.ensemble ?? []) : [variant];
  const snapshot =
    (await lab.sidecar.request(wholeRun, { runId: run.runId })) ?? (await lab.saved.of(run.uri));
  const layers = (snapshot?.variants ?? [])
    .filter((each) => names.includes(each.variant))
    .flatMap((each) => each.layers);
  const isRegression = run.variants
    .filter((each) => names.includes(each.variant))
    .some(({ testLoss, testAccuracy }) => testLoss !== null && testAccuracy === null);
  return {
    hasBatchNorm: layers.length === 0 || layers.some(({ kind }) => kind === 'batchnorm'),
    hasLogits: variant !== null && !isRegression,
  };
}

/**
 * The newest run of the file that is meant, of this session or as an earlier one has saved it; without a file in
 * sight, the newest of all.
 */
async function runOf({ runs, saved }: Lab, { uri }: Target): Promise<RunSummary | undefined> {
  const all = runs.all();
  if (uri === undefined && shownNetworkFile() === undefined && all.length === 1) return all[0];
  const file = (await networkFile(uri))?.toString();
  if (file === undefined) return all.at(-1);
  return runs.newest(file) ?? (await saved.of(file))?.run;
}

/** Results are in the memory of the sidecar that trained them, or else on disk. */
async function presentVariants({ sidecar }: Lab, run: RunSummary): Promise<VariantSummary[]> {
  const remembered = await sidecar.request(list, {});
  const isInMemory = remembered.some(({ runId }) => runId === run.runId);
  return isInMemory ? trainedVariants(run) : savedVariants(run);
}

function ensembleItems(run: RunSummary, present: readonly VariantSummary[]) {
  const members = presentEnsemble(run, present);
  if (members === null) return [];
  const description = `the mean of ${members.length} networks in one model`;
  return [{ label: '$(layers) ensemble', description, detail: members.join(', '), variant: null }];
}
