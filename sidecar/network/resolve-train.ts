/** The training settings of one variant: its own over the base's, the data's size, and what a command line overrides. */
import { type Context, chosen } from './context.ts';
import { shapeText } from './layer-definition.ts';
import { allowed } from './schema.ts';
import type { Path } from './source.ts';
import { type TrainOptions, trainSchema, usualInterval, withDefaults } from './train.ts';
import type { Augmentation, Train } from './types.ts';
import { figure, found } from './wording.ts';

export interface Overrides {
  readonly steps?: number;
  readonly seed?: number;
}

/** `steps` and `evaluateEvery` are null while they depend on unknown data; `probe` is absent where the layers decide. */
export interface ResolvedTrain extends Omit<Train, 'steps' | 'evaluateEvery' | 'probe'> {
  readonly probe?: Train['probe'];
  readonly steps: number | null;
  readonly evaluateEvery: number | null;
}

/** Null when a part of it is wrong. */
export function resolveTrain(context: Context, overrides: Overrides): ResolvedTrain | null {
  const { base, own } = context;
  if (base.train === null || own?.train === null) return null;
  const options = merge(base.train ?? {}, own?.train ?? {});
  if (!checkOverrides(context, overrides)) return null;
  const { warmup, epochs, ...settings } = withDefaults(options);
  const batchSize = batchSizeFor(context, options, settings.batchSize);
  const steps = overrides.steps ?? stepsFor(context, settings.steps, epochs, batchSize);
  if (steps !== null && warmup > steps) {
    const message = `train.warmup: a warm-up of ${figure(warmup)} steps does not end within the ${figure(steps)} steps of training`;
    context.report('warning', 'long-warmup', trainPath(context, 'warmup'), message);
  }
  checkAugmentation(context, settings.augmentation);
  return {
    ...settings,
    batchSize,
    steps,
    seed: overrides.seed ?? settings.seed,
    evaluateEvery: settings.evaluateEvery ?? (steps && usualInterval(steps)),
  };
}

/** Where a field of `train` stands: with the variant if it has it, else with the base. */
export function trainPath({ own }: Context, field: keyof TrainOptions): Path {
  if (own?.train?.[field] === undefined) return ['train', field];
  return own.places.get(field) ?? [...own.path, 'train', field];
}

/** Field by field; whoever gives steps takes epochs away, and the reverse. */
function merge(base: TrainOptions, own: TrainOptions): TrainOptions {
  const merged = { ...base, ...own };
  if (own.steps !== undefined) delete merged.epochs;
  if (own.epochs !== undefined) delete merged.steps;
  return merged;
}

/** The size as written, checked; where it is not written, no more than there are examples. */
function batchSizeFor(context: Context, options: TrainOptions, usual: number): number {
  const { data } = context;
  if (!data) return usual;
  if (options.batchSize === undefined) return Math.min(usual, data.trainExamples);
  if (options.batchSize > data.trainExamples) {
    const message = `train.batchSize: expected at most the ${figure(data.trainExamples)} training examples of ${data.name}, found ${figure(options.batchSize)}`;
    context.report('error', 'batch-above-data', trainPath(context, 'batchSize'), message);
  }
  return options.batchSize;
}

/** Augmentation means something for images alone, and shifts and crops have to leave something to see. */
function checkAugmentation(context: Context, augmentation: Augmentation | null): void {
  const { data } = context;
  if (!data || !augmentation) return;
  const at = trainPath(context, 'augmentation');
  const { input, name } = data;
  if (input.length !== 3) {
    const message = `train.augmentation: expected images, but ${name} has inputs of shape ${shapeText(input)}; remove augmentation`;
    context.report('error', 'augmentation-misfit', at, message);
    return;
  }
  const [, height, width] = input;
  const size = Math.min(height, width);
  for (const option of ['shift', 'crop'] as const) {
    if (augmentation[option] < size) continue;
    const message = `train.augmentation.${option}: expected less than the ${figure(size)} pixels of an image of ${name}, found ${figure(augmentation[option])}`;
    context.report('error', 'augmentation-misfit', [...at, option], message);
  }
}

function stepsFor(
  context: Context,
  steps: number | undefined,
  epochs: number | undefined,
  batchSize: number,
): number | null {
  if (epochs === undefined) return steps ?? null;
  if (!context.data) return null;
  // Batches go on across epochs, so only the last one may reach beyond the last epoch. Less the rounding error.
  const total = Math.ceil((epochs * context.data.trainExamples) / batchSize - 1e-6);
  const { maxValue } = trainSchema.shape.steps.unwrap();
  if (total > maxValue!) {
    const message = `train.epochs: ${figure(epochs)} epochs are ${figure(total)} steps, more than ${figure(maxValue!)}`;
    context.report('error', 'out-of-range', trainPath(context, 'epochs'), message);
  }
  return total;
}

function checkOverrides(context: Context, overrides: Overrides): boolean {
  return (['steps', 'seed'] as const).every((field) => {
    const schema = trainSchema.shape[field];
    if (schema.safeParse(overrides[field]).success) return true;
    const message = `${field}: expected ${allowed(schema)}, found ${found(overrides[field])}`;
    context.report('error', 'out-of-range', chosen(context, 'train').path, message);
    return false;
  });
}
