/** What a person changes about a run while it is on, and what came of it. */
import { RequestType } from 'vscode-languageserver-protocol';

/** What batch normalization normalizes with in evaluations: the batch itself, as while training, or running statistics. */
export type EvaluationStatistics = 'batch' | 'running';

export type ControlAction =
  | { readonly kind: 'pause' }
  | { readonly kind: 'continue' }
  /** One training step; only while paused. */
  | { readonly kind: 'step' }
  /** The base rate from the next step on; the schedule goes on to apply. */
  | { readonly kind: 'learning-rate'; readonly value: number }
  /** What evaluations normalize with from now on; evaluates at once. */
  | { readonly kind: 'evaluation-statistics'; readonly use: EvaluationStatistics }
  /** Replaces running statistics by those of the whole training set, and evaluates. */
  | { readonly kind: 'recompute-statistics' }
  /** Multiplies a layer's weights by a factor; only while paused. Section 3.3 of the paper. */
  | { readonly kind: 'scale-weights'; readonly layer: string; readonly factor: number };

/** What scaling a layer's weights did on one batch. */
export interface ScaleEffect {
  /** Largest |change| of the network's outputs, and the largest |output| to compare it with. */
  readonly outputChange: number;
  readonly outputLargest: number;
  /** L2 norm of the layer's weight gradient. */
  readonly gradientBefore: number;
  readonly gradientAfter: number;
}

/** A change as the run's history keeps it. */
export interface ControlEvent {
  /** Steps made when it took effect. */
  readonly step: number;
  readonly action: ControlAction;
  /** What it did, as a sentence with figures. */
  readonly effect: string;
  readonly scale?: ScaleEffect;
}

export interface ControlParams {
  readonly runId: string;
  /** Null: every variant that is not ended. */
  readonly variant: string | null;
  readonly action: ControlAction;
}

/** Client to server: change something about a run; answers with what was done. Rejects with a sentence. */
export const control = new RequestType<ControlParams, ControlEvent[], void>(
  'batchnorm/run/control',
);

/** What can be changed of a variant that is not ended, and what it is at present. */
export interface VariantControls {
  readonly variant: string;
  /** The base rate, which the schedule starts from, and the largest that is accepted. */
  readonly learningRate: number;
  readonly largestLearningRate: number;
  readonly evaluationStatistics: EvaluationStatistics;
  /** Names of the layers that `scale-weights` takes. */
  readonly scalableLayers: readonly string[];
}

/** Client to server: what can be changed of a run; empty when it has ended or is not known. */
export const controls = new RequestType<{ runId: string }, VariantControls[], void>(
  'batchnorm/run/controls',
);
