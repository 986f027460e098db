/**
 * What is known to go wrong with batch normalization, told from the file and the size of its data alone: each check says
 * what it found, why that matters and what would do, with a fix and where to read on.
 */
import type { Context } from './context.ts';
import type { Fix } from './diagnostic.ts';
import { layerDefinition } from './layers.ts';
import type { PlacedLayer } from './place-layers.ts';
import { references } from './references.ts';
import { type ResolvedTrain, trainPath } from './resolve-train.ts';
import type { Edit, Path } from './source.ts';
import { usualBatchSize } from './train.ts';
import { figure } from './wording.ts';

export function checkBatchNorm(
  context: Context,
  placed: readonly PlacedLayer[],
  train: ResolvedTrain,
): void {
  const least = mostDemanding(placed);
  if (least) {
    checkBatch(context, least, train.batchSize);
    checkLastBatch(context, least, train.batchSize);
  }
  if (train.steps) checkMomentum(context, placed, train.steps);
  checkDecay(context, placed, train);
}

interface Demand {
  readonly layer: PlacedLayer['layer'];
  readonly kind: string;
  /** Smallest batch it can be trained with. */
  readonly least: number;
}

/** The first layer that cannot be trained on a single example. */
function mostDemanding(placed: readonly PlacedLayer[]): Demand | null {
  for (const { layer, operation, input } of placed) {
    const { kind } = operation;
    if (!input || kind === 'concat' || kind === 'add') continue;
    const least = layerDefinition(kind).minimumBatch?.(operation, input) ?? 1;
    if (least > 1) return { layer, kind, least };
  }
  return null;
}

/** Batch normalization has nothing to learn from a batch of one value. */
function checkBatch(context: Context, { layer, kind, least }: Demand, batchSize: number): void {
  if (batchSize >= least) return;
  const path = trainPath(context, 'batchSize');
  const usual = Math.min(usualBatchSize, context.data?.trainExamples ?? usualBatchSize);
  const message = `train.batchSize: ${layer.name} needs a batch of at least ${least}, found ${batchSize}: the variance of one value is 0; write a larger batch, or remove ${kind}`;
  context.report('error', 'batch-too-small', path, message, {
    reference: references.oneValue,
    fixes: usual < least ? [] : batchSizeFix(context, path, usual),
  });
}

/** A last batch of one example, which this engine never makes but others do. */
function checkLastBatch(context: Context, { layer }: Demand, batchSize: number): void {
  const examples = context.data?.trainExamples ?? 0;
  if (batchSize < 2 || examples <= batchSize || examples % batchSize !== 1) return;
  const better = nearestSize(examples, batchSize);
  const path = trainPath(context, 'batchSize');
  const advice = better === null ? '' : `write batchSize: ${better}, or `;
  const message = `train.batchSize: ${figure(examples)} training examples in batches of ${figure(batchSize)} leave one over, and ${layer.name} has no variance to take of a single value. Here the next epoch fills that batch, so training is sound; a loader that ends each epoch with what is left, as PyTorch's and Keras' do, fails there or normalizes everything to beta. Before you take this network there, ${advice}drop the last batch (drop_last=True)`;
  // A size that nobody has written stands nowhere; the number of examples is the other half of the matter.
  const { own, base } = context;
  const isWritten = (own?.train?.batchSize ?? base.train?.batchSize) !== undefined;
  context.report('information', 'odd-last-batch', isWritten ? path : ['data'], message, {
    reference: references.oneValue,
    fixes: better === null ? [] : batchSizeFix(context, path, better),
  });
}

/** The batch size closest to this one that leaves more than one example over, or none. */
function nearestSize(examples: number, batchSize: number): number | null {
  for (let distance = 1; distance < examples; distance++) {
    const fits = [batchSize - distance, batchSize + distance].find(
      (size) => size > 1 && size <= examples && examples % size !== 1,
    );
    if (fits !== undefined) return fits;
  }
  return null;
}

function batchSizeFix({ source }: Context, path: Path, batchSize: number): Fix[] {
  const value = String(batchSize);
  if (isListed(source.value, path.slice(0, -1), batchSize)) return [];
  const edit = source.edit(
    (edits) => edits.replace(path, value) ?? edits.set(path.slice(0, -1), 'batchSize', value),
  );
  return edit ? [{ title: `Change batchSize to ${value}`, edits: [edit] }] : [];
}

/** Whether a grid's list at `path` has the value already: twice, its combinations could not be told apart. */
function isListed(file: unknown, path: Path, value: number): boolean {
  const list = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], file);
  return Array.isArray(list) && list.includes(value);
}

/** Share of the initial mean 0 and variance 1 that running statistics may still hold at the end. */
const mostInitial = 0.01;

/** A larger one is suspected to be meant the other way round, see the advice of a batchnorm. */
const mostMomentum = 0.5;

/** Running statistics that have not arrived yet make a network that trains well a bad one at inference. */
function checkMomentum(context: Context, placed: readonly PlacedLayer[], steps: number): void {
  const slow = placed.filter(({ operation }) => {
    if (operation.kind !== 'batchnorm') return false;
    const { momentum, state, statistics } = operation;
    const isMoving = state === 'train' && statistics === 'moving';
    return isMoving && (1 - momentum) ** steps > mostInitial;
  });
  const [first] = slow;
  if (first?.operation.kind !== 'batchnorm') return;
  const { name, entry } = first.layer;
  const enough = Math.ceil(100 * (1 - mostInitial ** (1 / steps))) / 100;
  const share = `${(100 * (1 - first.operation.momentum) ** steps).toPrecision(2)} %`;
  const message = `${name}: after ${figure(steps)} steps ${share} of the running statistics are still what they began with, so that inference normalizes by the wrong values; write a momentum of at least ${enough}, statistics: exact, or train longer`;
  context.report('warning', 'slow-statistics', [...entry.path, 'batchnorm', 'momentum'], message, {
    reference: references.slowStatistics,
    fixes: [
      ...(enough <= mostMomentum ? optionFix(context, slow, 'momentum', String(enough)) : []),
      ...optionFix(context, slow, 'statistics', 'exact'),
    ],
  });
}

/** Sets an option of all these layers; copies of a repeat share theirs. */
function optionFix(
  { source }: Context,
  placed: readonly PlacedLayer[],
  option: string,
  value: string,
): Fix[] {
  const entries = new Map(placed.map(({ layer }) => [layer.entry.path.join(), layer.entry]));
  const edits = [...entries.values()].map(({ path, kind }) =>
    source.edit((each) => each.set([...path, kind], option, value)),
  );
  if (edits.some((edit) => edit === null)) return [];
  const where = edits.length > 1 ? ` for ${edits.length} layers` : '';
  return [{ title: `Set ${option}: ${value}${where}`, edits: edits as Edit[] }];
}

const normalizing: ReadonlySet<string> = new Set(['batchnorm', 'layernorm', 'groupnorm']);

/** Decay of gamma and beta, which do not say how complicated a function is. */
function checkDecay(
  context: Context,
  placed: readonly PlacedLayer[],
  { optimizer }: ResolvedTrain,
): void {
  const { kind, weightDecay, weightDecayOn } = optimizer;
  // Whoever writes `all` means it.
  if (weightDecay === 0 || weightDecayOn !== undefined) return;
  const pulled = placed.filter(
    ({ operation, learningRate }) =>
      normalizing.has(operation.kind) &&
      learningRate > 0 &&
      !(operation.kind === 'batchnorm' && operation.state === 'freeze'),
  );
  if (pulled.length === 0) return;
  const [{ layer }, ...others] = pulled;
  const more = others.length > 0 ? ` and ${figure(others.length)} more` : '';
  const path = [...trainPath(context, 'optimizer'), kind];
  const message = `train.optimizer.${kind}: weight decay of ${figure(weightDecay)} also pulls gamma and beta of ${layer.name}${more} towards 0. They set the scale and offset of what a layer puts out, so that this shrinks outputs rather than the weights it is meant for; PyTorch does the same unless it is given groups of parameters. Write weightDecayOn: weights, or weightDecayOn: all if it is meant`;
  const edit = context.source.edit((edits) => edits.set(path, 'weightDecayOn', 'weights'));
  context.report('information', 'decay-on-normalization', [...path, 'weightDecay'], message, {
    reference: references.weightDecay,
    fixes: edit ? [{ title: 'Add weightDecayOn: weights', edits: [edit] }] : [],
  });
}
