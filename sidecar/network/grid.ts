/** A variant that stands for many: every combination of the values that its `grid` lists. */
import { z } from 'zod';
import { optimizerSchema } from './optimizers.ts';
import type { Path } from './source.ts';
import { deviation, initializationSchema, type TrainOptions, trainSchema } from './train.ts';
import type { Initialization, VariantGrid } from './types.ts';

const { learningRate, batchSize, seed } = trainSchema.shape;

function axis<T extends z.ZodType>(item: T, title: string, example: string) {
  return z
    .array(item)
    .min(1)
    .optional()
    .meta({
      title,
      expects: `a list such as ${example}`,
      description: `Values to try, such as \`${example}\`.`,
    });
}

export const gridSchema = z
  .strictObject({
    learningRate: axis(learningRate.unwrap(), 'Learning rates', '[0.1, 0.5, 5x]'),
    batchSize: axis(batchSize.unwrap(), 'Batch sizes', '[8, 60]'),
    seed: axis(seed.unwrap(), 'Seeds', '[1, 2, 3]'),
    optimizer: axis(optimizerSchema, 'Optimizers', '[sgd, adam]'),
    initialization: axis(initializationSchema, 'Initializations', '[he, { gaussian: 0.01 }]'),
    deviation: axis(deviation, 'Deviations', '[0.01, 0.1, 1]').meta({
      title: 'Deviations',
      expects: 'a list such as [0.01, 0.1, 1]',
      description:
        'Standard deviations of normally distributed weights to try: short for a list of `initialization: { gaussian: … }`.',
    }),
  })
  .refine((grid) => Object.keys(grid).length > 0, {
    error: 'expected a list of values to try, such as learningRate: [0.1, 0.5], found none',
    // A key that is misspelt has been told.
    when: ({ issues }) => issues.length === 0,
  })
  .refine((grid) => grid.deviation === undefined || grid.initialization === undefined, {
    path: ['deviation'],
    error: 'deviation and initialization both say how weights are drawn; keep one',
  })
  .meta({
    title: 'Grid',
    description:
      'Makes this variant stand for many: one for every combination of the values listed here, each with all else that the variant gives. They are named after it and their values, `grid-lr0.1-gaussian0.01`, and trained together. A number may be a multiple of the one above: `5x`.',
  });

export type GridOptions = z.output<typeof gridSchema>;
type Key = keyof GridOptions;

/** How names of variants say what is varied; words say enough by themselves. */
const shortKeys: Readonly<Record<Key, string>> = {
  learningRate: 'lr',
  batchSize: 'batch',
  seed: 'seed',
  optimizer: '',
  initialization: '',
  deviation: 'gaussian',
};

/** What one combination gives besides what all have in common. */
interface Cell {
  readonly name: string;
  /** An index into the values of each axis. */
  readonly at: readonly number[];
  readonly train: TrainOptions;
  readonly initialization: Initialization | undefined;
  /** Where each of its values stands, by the field of `train` or of the variant that it sets. */
  readonly places: ReadonlyMap<string, Path>;
}

/** `raw` is the grid as written, `options` the same as read; `path` is where it stands. */
export function expandGrid(
  variant: string,
  raw: Readonly<Record<string, unknown>>,
  options: GridOptions,
  path: Path,
): { readonly axes: VariantGrid['axes']; readonly cells: readonly Cell[] } {
  const keys = Object.keys(raw) as Key[];
  const axes = keys.map((key) => ({ key, values: (raw[key] as unknown[]).map(asWritten) }));
  const cells = combinations(keys.map((key) => options[key]!.length)).map((at): Cell => {
    const words = keys.map((key, i) => shortKeys[key] + slug((raw[key] as unknown[])[at[i]]));
    const chosen = new Map(keys.map((key, i) => [key, options[key]![at[i]]]));
    const { initialization, deviation, ...train } = Object.fromEntries(chosen);
    return {
      name: [variant, ...words].join('-'),
      at,
      train: train as TrainOptions,
      initialization:
        deviation === undefined
          ? (initialization as Initialization | undefined)
          : { kind: 'gaussian', deviation: deviation as number },
      places: new Map(keys.map((key, i) => [fieldOf(key), [...path, key, at[i]]])),
    };
  });
  return { axes, cells };
}

/** How many variants a grid stands for. */
export function gridSize(options: GridOptions): number {
  return Object.values(options).reduce((product, values) => product * values.length, 1);
}

/** What a key of a grid sets. */
function fieldOf(key: string): string {
  return key === 'deviation' ? 'initialization' : key;
}

/** All indices into lists of these lengths, the first varying slowest. */
function combinations(lengths: readonly number[]): number[][] {
  return lengths.reduce<number[][]>(
    (before, length) =>
      before.flatMap((at) => Array.from({ length }, (_, index) => [...at, index])),
    [[]],
  );
}

/** `0.1`, `he`, `gaussian: 0.01`, `sgd: { momentum: 0.9 }`. */
function asWritten(value: unknown): string {
  if (!isMap(value)) return String(value);
  const fields = Object.entries(value).map(([key, inside]) => {
    return isMap(inside) ? `${key}: { ${asWritten(inside)} }` : `${key}: ${asWritten(inside)}`;
  });
  return fields.join(', ');
}

/** The same as a part of a name: `gaussian0.01`, `sgd-momentum0.9`. */
function slug(value: unknown): string {
  if (!isMap(value)) return String(value);
  const fields = Object.entries(value).map(([key, inside]) =>
    isMap(inside) ? `${key}-${slug(inside)}` : key + slug(inside),
  );
  return fields.join('-');
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
