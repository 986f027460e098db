/** A run's report as plain data: `report.json`, and what Markdown and HTML are rendered from. */
import type { ControlEvent } from '../protocol/control.ts';
import type { Finding } from '../protocol/findings.ts';
import type { VariantState } from '../protocol/runs.ts';
import type {
  EnsembleScores,
  PopulationScores,
  ReportData,
  ReportSource,
  Score,
} from './source.ts';

export interface Report {
  /** Counts up when a reader of the old form could not read the new one. */
  readonly format: 1;
  readonly title: string;
  readonly name: string;
  readonly file: ReportSource['file'];
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly data: ReportData;
  /** Highest test accuracy that is still no sign of learning; null for regression, and where even 1 would be none. */
  readonly chance: number | null;
  /** Variant whose best accuracy the others' steps are counted to. */
  readonly baseline: string | null;
  readonly variants: readonly VariantReport[];
  readonly percentiles: PercentilesReport | null;
  readonly grids: readonly GridReport[];
  readonly ensemble: EnsembleScores | null;
  /** Why there is none though the file asks for one, as a sentence. */
  readonly ensembleMissing?: string;
}

/**
 * `trained`: ended better than chance. `chance`: no better than always naming the commonest class. `diverged`: a loss or
 * weight was no longer finite. `unfinished`: stopped, or not begun. `failed`: ended by another fault.
 */
export type Outcome = 'trained' | 'chance' | 'diverged' | 'unfinished' | 'failed';

export interface VariantReport {
  readonly variant: string;
  readonly state: VariantState;
  readonly outcome: Outcome;
  readonly seed: number;
  /** The first variant that differs from this one in nothing but the learning rate; often itself. */
  readonly sameButRate: string;
  readonly learningRate: number;
  readonly initialization: string;
  readonly batchSize: number;
  readonly parameters: number;
  readonly steps: number;
  readonly stepsMade: number;
  /** Test set with running statistics, one entry an evaluation in the order of steps; null where it was not finite. */
  readonly curve: {
    readonly step: readonly number[];
    readonly accuracy: readonly (number | null)[];
    readonly loss: readonly (number | null)[];
  };
  /** The first evaluation with the highest test accuracy; of regression, with the smallest loss. */
  readonly best: ({ readonly step: number } & Score) | null;
  /** Of the weights that are kept. */
  readonly final: Score | null;
  /** First step evaluated at which the baseline's best accuracy was reached; null: never, or no baseline. */
  readonly stepsToBaseline: number | null;
  /** The baseline's own steps to its best over these: so many times fewer were needed. */
  readonly speedup: number | null;
  readonly published: Published | null;
  readonly population: PopulationScores | null;
  readonly events: readonly ControlEvent[];
  readonly findings: readonly Finding[];
  readonly note: string | null;
  readonly error: string | null;
}

/** What was published of the same. */
export interface Published {
  readonly label: string;
  readonly steps: number | null;
  /** 0 to 1. */
  readonly accuracy: number | null;
  /** Of the published figures; null without a published baseline. */
  readonly speedup: number | null;
}

export interface PercentilesReport {
  /** The activation whose input it is. */
  readonly layer: string;
  readonly variants: readonly UnitPercentiles[];
  /** Variants that have none, and why. */
  readonly missing: readonly { readonly variant: string; readonly reason: string }[];
}

/** Percentiles of one unit's input over examples, one entry a probe. */
export interface UnitPercentiles {
  readonly variant: string;
  /** From 0. */
  readonly unit: number;
  /** Whether it was chosen as the nearest to the median of its layer; the file named it otherwise. */
  readonly typical: boolean;
  readonly step: readonly number[];
  readonly low: readonly (number | null)[];
  readonly mid: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  readonly wander: Wander | null;
}

/** Standard deviation of each percentile over the last 80 % of the steps; null with fewer than two probes there. */
export interface Wander {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
  /** Of the three. */
  readonly mean: number;
  /** `mean` over the first variant's, which is the network as written where that was trained; null for 0 there. */
  readonly ratio: number | null;
}

export interface GridReport {
  readonly name: string;
  readonly axes: readonly { readonly key: string; readonly values: readonly string[] }[];
  readonly cells: readonly {
    readonly variant: string;
    readonly at: readonly number[];
    readonly outcome: Outcome;
    readonly accuracy: number | null;
    readonly loss: number | null;
  }[];
}

/** All variants but those of a grid of two axes, which a heat map shows. */
export function singleVariants({ variants, grids }: Report): VariantReport[] {
  const mapped = new Set(
    grids
      .filter(({ axes }) => axes.length === 2)
      .flatMap(({ cells }) => cells.map(({ variant }) => variant)),
  );
  return variants.filter(({ variant }) => !mapped.has(variant));
}
