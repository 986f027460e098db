/** What a report is made of: a run as plain data, free of clocks, so that the same run gives the same report. */
import type { ReportRequest, VariantGrid } from '../network/types.ts';
import type { ControlEvent } from '../protocol/control.ts';
import type { Finding } from '../protocol/findings.ts';
import type { Probe } from '../protocol/probes.ts';
import type { VariantState } from '../protocol/runs.ts';
import type { Evaluation } from '../protocol/statistics.ts';

export interface ReportSource {
  /** The network file's name without `.bn.yaml`. */
  readonly name: string;
  readonly file: { readonly name: string; readonly text: string; readonly sha256: string };
  /** What repeats the run in the file's folder. */
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly data: ReportData;
  readonly variants: readonly VariantSource[];
  readonly grids: readonly VariantGrid[];
  readonly request: ReportRequest | null;
  readonly ensemble: EnsembleScores | null;
  /** Why there is none though the file asks for one, as a sentence. */
  readonly ensembleMissing?: string;
}

export interface ReportData {
  readonly name: string;
  /** SHA-256, hex. */
  readonly hash: string;
  /** Shape of one example. */
  readonly input: readonly number[];
  readonly trainExamples: number;
  readonly validationExamples: number;
  readonly testExamples: number;
  /** Share of the test set's most frequent class: what always naming it would reach. Null for regression. */
  readonly commonest: number | null;
}

export interface VariantSource {
  readonly variant: string;
  readonly state: VariantState;
  readonly seed: number;
  /** All that is trained and how, but for the learning rate: the same text for variants that differ in nothing else. */
  readonly recipe: string;
  /** Base rate. */
  readonly learningRate: number;
  /** As the file would write it: `gaussian 0.1`, `he`. */
  readonly initialization: string;
  readonly batchSize: number;
  /** Learned numbers. */
  readonly parameters: number;
  /** Steps asked for and steps made. */
  readonly steps: number;
  readonly stepsMade: number;
  /** Of the weights that are kept; null without any. */
  readonly final: Score | null;
  readonly evaluations: readonly Evaluation[];
  readonly probes: readonly Probe[];
  readonly events: readonly ControlEvent[];
  readonly findings: readonly Finding[];
  readonly population: PopulationScores | null;
  readonly note: string | null;
  readonly error: string | null;
}

/** On the test set; null where it is not finite, accuracy also for regression. */
export interface Score {
  readonly loss: number | null;
  readonly accuracy: number | null;
}

/** The same weights with running averages and with statistics of the whole training set (Algorithm 2 of the paper). */
export interface PopulationScores {
  readonly moving: Score;
  readonly exact: Score;
  readonly layers: readonly PopulationDifference[];
}

/** How far a layer's running averages are from the exact statistics. */
export interface PopulationDifference {
  readonly layer: string;
  /** Largest |moving - exact mean| over units, in exact standard deviations of the unit. */
  readonly mean: number;
  /** Moving over exact standard deviation, of the unit where it is furthest from 1. */
  readonly deviation: number;
}

/** Several networks as one: the mean of their class probabilities. */
export interface EnsembleScores {
  readonly members: readonly ({ readonly variant: string } & Score)[];
  readonly whole: Score;
}
