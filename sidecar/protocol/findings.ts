/** What a run shows to be wrong with batch normalization, with its reason and remedy. */

export type FindingKind =
  | 'evaluation-gap'
  | 'noisy-statistics'
  | 'drifting-layer'
  | 'dead-units'
  | 'saturation'
  | 'non-finite';

export interface Finding {
  readonly kind: FindingKind;
  /** The first layer that causes it; null when it is about the whole network. */
  readonly layer: string | null;
  /** The step it was measured at. */
  readonly step: number;
  readonly severity: 'warning' | 'error';
  /** One line: what is wrong. */
  readonly title: string;
  /** What was measured, why it matters, what would do: a sentence or two each, with figures. */
  readonly measured: string;
  readonly matters: string;
  readonly remedy: string;
  readonly reference: { readonly title: string; readonly url: string };
  /** What one click may do about it. */
  readonly action?: 'recompute-statistics';
}
