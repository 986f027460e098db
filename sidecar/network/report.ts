/** What the report of a run is asked to say. Reads as `ReportRequest` once its names are known to exist. */
import { z } from 'zod';
import { activationKinds } from './activations.ts';
import type { Path } from './source.ts';
import type { ReportRequest, VariantGrid } from './types.ts';
import { found, remedy } from './wording.ts';

const variantName = z.string().min(1);

/** `13.3M`, as papers write it. */
const largeCount = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,6})?[kM]$/)
  .transform((text) => Math.round(Number(text.slice(0, -1)) * (text.endsWith('k') ? 1e3 : 1e6)));

const publishedSchema = z
  .strictObject({
    label: z.string().min(1).max(100).optional().meta({
      title: 'Label',
      description: 'What the publication calls it: `BN-x5`.',
      default: "the variant's name",
    }),
    steps: z
      .union([z.int().min(1).max(1e12), largeCount])
      .optional()
      .meta({
        title: 'Published steps',
        expects: 'a number of steps, such as 31000000 or 31.0M',
        description:
          "Steps to the baseline's best accuracy; `k` and `M` are thousands and millions.",
        default: 'not reached, or not published',
      }),
    accuracy: z.number().min(0).max(1).optional().meta({
      title: 'Published accuracy',
      description: 'The best accuracy as a share: `0.727` for 72.7 %.',
      default: 'not published',
    }),
  })
  .meta({ title: 'Published figures', description: 'Figures for one variant.' });

export const reportSchema = z
  .strictObject({
    title: z.string().min(1).max(200).optional().meta({
      title: 'Title',
      description: 'What stands above the report.',
      default: "the file's name",
    }),
    baseline: variantName.optional().meta({
      title: 'Baseline',
      expects: 'the name of a variant, or base',
      description:
        'The variant whose best test accuracy is the mark: the report counts the steps that each other variant takes to reach it, as the table of section 4.2 of the paper does.',
      default: 'none; steps are not counted',
    }),
    percentiles: z
      .preprocess(
        (raw) => (typeof raw === 'string' ? { layer: raw } : raw),
        z.strictObject({
          layer: z.string().min(1).meta({
            title: 'Layer',
            description: 'An activation such as `sigmoid3`.',
          }),
          unit: z.int().min(0).max(65535).optional().meta({
            title: 'Unit',
            description: 'Which of its units, from 0; of images, which channel.',
            default: 'the one nearest to the median of the layer',
          }),
        }),
      )
      .optional()
      .meta({
        title: 'Percentiles',
        expects: 'the name of an activation, or a map with layer and unit',
        description:
          'The 15th, 50th and 85th percentile of the input of one unit over the steps, as figures 1b and 1c of the paper have them: `sigmoid3`, or `{ layer: sigmoid3, unit: 7 }`.',
      }),
    ensemble: z
      .preprocess((raw) => (Array.isArray(raw) ? raw : [raw]), z.array(variantName).min(1))
      .optional()
      .meta({
        title: 'Ensemble',
        expects: 'the name of a grid, or a list of variants',
        description:
          'Networks whose class probabilities are averaged, such as those of a grid over seeds: the report tells the accuracy of each and of all together.',
      }),
    populationStatistics: z.boolean().default(false).meta({
      title: 'Population statistics',
      description:
        'Whether each trained network is also tested with exact population statistics (Algorithm 2 of the paper), to see what difference they make to the moving ones.',
    }),
    published: z.record(z.string(), publishedSchema).optional().meta({
      title: 'Published',
      expects: 'a map of figures by variant',
      description:
        'What has been published about the same, by variant; it stands beside what is measured.',
    }),
  })
  .meta({
    title: 'Report',
    description: 'What the report of a run says besides the curves and figures of every variant.',
  });

/** What a report can speak of. */
interface Subjects {
  readonly variants: readonly string[];
  readonly grids: readonly VariantGrid[];
  /** Names of the layers of any variant, and their kinds. */
  readonly layers: ReadonlyMap<string, string>;
}

type Complain = (code: string, path: Path, message: string, at?: 'key' | 'value') => void;

/** Complains of names that nothing has; what is left of the request all the same. */
export function asReportRequest(
  options: z.output<typeof reportSchema>,
  subjects: Subjects,
  complain: Complain,
): ReportRequest {
  const { title, baseline, percentiles, ensemble, published } = options;
  const { variants, grids } = subjects;
  const groups = [...variants, ...grids.map(({ name }) => name)];
  if (baseline !== undefined) checkName(baseline, variants, ['report', 'baseline'], complain);
  ensemble?.forEach((name, i) => {
    checkName(name, groups, ['report', 'ensemble', i], complain);
  });
  for (const name of Object.keys(published ?? {})) {
    checkName(name, variants, ['report', 'published', name], complain, 'key');
  }
  if (percentiles) checkLayer(percentiles.layer, subjects.layers, complain);
  const cells = (name: string) =>
    grids.find((grid) => grid.name === name)?.cells.map(({ variant }) => variant) ?? [name];
  return {
    title: title ?? null,
    baseline: baseline ?? null,
    percentiles: percentiles ? { layer: percentiles.layer, unit: percentiles.unit ?? null } : null,
    ensemble: ensemble ? [...new Set(ensemble.flatMap(cells))] : null,
    populationStatistics: options.populationStatistics,
    published: Object.entries(published ?? {}).map(([variant, { label, steps, accuracy }]) => ({
      variant,
      label: label ?? variant,
      steps: steps ?? null,
      accuracy: accuracy ?? null,
    })),
  };
}

function checkName(
  name: string,
  known: readonly string[],
  path: Path,
  complain: Complain,
  at?: 'key',
): void {
  if (known.includes(name)) return;
  const place = path.slice(0, 2).join('.');
  complain(
    'unknown-variant',
    path,
    `${place}: unknown variant ${found(name)}; ${remedy(name, known)}`,
    at,
  );
}

function checkLayer(name: string, layers: ReadonlyMap<string, string>, complain: Complain): void {
  const activations = [...layers].flatMap(([layer, kind]) =>
    activationKinds.includes(kind) ? [layer] : [],
  );
  if (activations.includes(name)) return;
  const kind = layers.get(name);
  const what = kind === undefined ? `unknown layer ${found(name)}` : `${name} is no activation`;
  const advice =
    activations.length > 0
      ? remedy(name, activations)
      : 'add an activation such as sigmoid to the network';
  complain(
    'unknown-layer',
    ['report', 'percentiles', 'layer'],
    `report.percentiles: ${what}; ${advice}`,
  );
}
