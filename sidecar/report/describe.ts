/** From a run to its report: pure, with no clock and no files. */
import type { VariantGrid } from '../network/types.ts';
import { describePercentiles } from './percentiles.ts';
import type { GridReport, Outcome, Published, Report, VariantReport } from './report.ts';
import type { ReportData, ReportSource, Score, VariantSource } from './source.ts';

export function describeReport(source: ReportSource): Report {
  const { request, name, file, command, versions, data, ensemble } = source;
  const chance = chanceLevel(data);
  const baseline = source.variants.find(({ variant }) => variant === request?.baseline) ?? null;
  const target = baseline && bestOf(baseline);
  const variants = source.variants.map((variant): VariantReport => {
    const { state, seed, learningRate, initialization, batchSize, parameters } = variant;
    const evaluations = variant.evaluations.filter(byRunning);
    const stepsToBaseline = target === null ? null : firstToReach(variant, target.accuracy);
    return {
      variant: variant.variant,
      state,
      outcome: outcomeOf(variant, chance),
      seed,
      sameButRate: source.variants.find(({ recipe }) => recipe === variant.recipe)!.variant,
      learningRate,
      initialization,
      batchSize,
      parameters,
      steps: variant.steps,
      stepsMade: variant.stepsMade,
      curve: {
        step: evaluations.map(({ step }) => step),
        accuracy: evaluations.map(({ testAccuracy }) => testAccuracy),
        loss: evaluations.map(({ testLoss }) => testLoss),
      },
      best: bestOf(variant),
      final: variant.final,
      stepsToBaseline,
      speedup: target && stepsToBaseline && target.step / stepsToBaseline,
      published: publishedOf(source, variant.variant),
      population: variant.population,
      events: variant.events,
      findings: variant.findings,
      note: variant.note,
      error: variant.error,
    };
  });
  return {
    format: 1,
    title: request?.title ?? name,
    name,
    file,
    command,
    versions,
    data,
    chance,
    baseline: baseline?.variant ?? null,
    variants,
    percentiles: request?.percentiles
      ? describePercentiles(source.variants, request.percentiles)
      : null,
    grids: source.grids.map((grid) => describeGrid(grid, variants)),
    ensemble,
    ...(source.ensembleMissing !== undefined && { ensembleMissing: source.ensembleMissing }),
  };
}

/**
 * Three standard errors above the commonest class's share: what luck would hardly reach on a test set of this size.
 * Null where no accuracy is above that, of few examples or of one class.
 */
function chanceLevel({ commonest, testExamples }: ReportData): number | null {
  if (commonest === null || testExamples === 0) return null;
  const level = commonest + 3 * Math.sqrt((commonest * (1 - commonest)) / testExamples);
  return level < 1 ? level : null;
}

function outcomeOf({ state, findings, final }: VariantSource, chance: number | null): Outcome {
  if (state === 'failed') {
    return findings.some(({ kind }) => kind === 'non-finite') ? 'diverged' : 'failed';
  }
  if (state !== 'finished') return 'unfinished';
  const accuracy = final?.accuracy ?? null;
  return accuracy !== null && chance !== null && accuracy <= chance ? 'chance' : 'trained';
}

/** What a person looked at by the statistics of the batches is not how the network will be used. */
function byRunning({ statistics }: VariantSource['evaluations'][number]): boolean {
  return statistics !== 'batch';
}

function bestOf(variant: VariantSource): ({ readonly step: number } & Score) | null {
  const evaluations = variant.evaluations.filter(byRunning);
  const classified = evaluations.some(({ testAccuracy }) => testAccuracy !== null);
  const worth = ({ testAccuracy, testLoss }: (typeof evaluations)[number]) =>
    classified ? (testAccuracy ?? -1) : -(testLoss ?? Number.POSITIVE_INFINITY);
  const finite = evaluations.filter(({ testLoss }) => testLoss !== null);
  if (finite.length === 0) return null;
  const best = finite.reduce((most, each) => (worth(each) > worth(most) ? each : most));
  return { step: best.step, loss: best.testLoss, accuracy: best.testAccuracy };
}

function firstToReach({ evaluations }: VariantSource, accuracy: number | null): number | null {
  if (accuracy === null) return null;
  const first = evaluations
    .filter(byRunning)
    .find(({ testAccuracy }) => (testAccuracy ?? -1) >= accuracy);
  return first?.step ?? null;
}

function publishedOf({ request }: ReportSource, variant: string): Published | null {
  const all = request?.published ?? [];
  const found = all.find((each) => each.variant === variant);
  if (found === undefined) return null;
  const base = all.find((each) => each.variant === request?.baseline)?.steps ?? null;
  const { label, steps, accuracy } = found;
  return { label, steps, accuracy, speedup: base && steps && base / steps };
}

function describeGrid(grid: VariantGrid, variants: readonly VariantReport[]): GridReport {
  return {
    name: grid.name,
    axes: grid.axes,
    cells: grid.cells.flatMap(({ variant, at }) => {
      const found = variants.find((each) => each.variant === variant);
      if (found === undefined) return [];
      const { outcome, final } = found;
      return [
        { variant, at, outcome, accuracy: final?.accuracy ?? null, loss: final?.loss ?? null },
      ];
    }),
  };
}
