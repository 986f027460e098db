/**
 * What a run finds out about its layers at every evaluation, on one fixed batch of training examples: how the inputs of
 * the activations are distributed, how far they have moved, and what running statistics make of them.
 */

/** Values counted in equal bins from `low` to `high`; what is not finite is in none of them. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
  /** Values below `low` and above `high`, few and far out, which no bin counts. */
  readonly below?: number;
  readonly above?: number;
}

/**
 * One activation layer, such as a sigmoid; u is its input with the statistics of the batch, over all units and examples,
 * and of large images over a fixed sample of locations. What is not finite does not count.
 */
export interface ActivationProbe {
  readonly layer: string;
  /** Of u, bins from the data. */
  readonly histogram: Histogram;
  /** Share of u where the derivative is below a tenth of its largest; 0 to 1. */
  readonly saturated: number;
  /** Share of units of which more than half of u is saturated; 0 to 1. */
  readonly saturatedUnits: number;
  /** Mean of the activation's derivative at u. */
  readonly derivative: number;
  /** Share of units whose derivative is below a thousandth of its largest for every example and location; 0 to 1. */
  readonly dead: number;
  /**
   * 15th, 50th and 85th percentile of u of every unit over examples and locations, `[3][units]` as base64 of float32; NaN
   * for a unit with a value that is not finite.
   */
  readonly percentiles: string;
}

/** How far a dense or convolutional layer has been moved by the layers below it. Null where it was not measured. */
export interface ShiftProbe {
  readonly layer: string;
  /**
   * Wasserstein distance between the distributions of the layer's inputs at this probe and the one before, in units of
   * the standard deviation of the one before, mean over input units (channels of images). Null at the first.
   */
  readonly wasserstein: number | null;
  /**
   * After Santurkar et al. (2018): the gradient of the layer's weights and bias before and after one step of gradient
   * descent of the layers below it, on the same batch. Null of layers without such layers below them.
   * Degrees between the two, and length of their difference over the length of the first.
   */
  readonly gradientAngle: number | null;
  readonly gradientDistance: number | null;
}

/**
 * The same batch through a batch normalization with the batch's statistics and with the running ones. Deviations are what
 * it divides by, sqrt(variance + epsilon), with the biased variance of the batch.
 */
export interface GapProbe {
  readonly layer: string;
  /** |running mean - batch mean| / batch deviation: largest over units, and median. */
  readonly meanLargest: number;
  readonly meanMedian: number;
  /** Running over batch deviation, the unit where it is furthest from 1, and the median unit. */
  readonly deviationWorst: number;
  readonly deviationMedian: number;
}

export interface Probe {
  readonly step: number;
  readonly activations: readonly ActivationProbe[];
  readonly shifts: readonly ShiftProbe[];
  readonly gaps: readonly GapProbe[];
  /** Loss and accuracy of the probe batch with its own statistics and with the running ones. Null: not finite, or no classes. */
  readonly batchLoss: number | null;
  readonly batchAccuracy: number | null;
  readonly runningLoss: number | null;
  readonly runningAccuracy: number | null;
  /**
   * The statistics of every unit at this step, as base64 of float32: `UnitField` says where. Null where they were left out
   * so that no more than some 200 are kept, and of a very wide network fewer.
   */
  readonly units: string | null;
}

/** Where a quantity of a layer lies in the `units` of a probe, in float32. */
export interface UnitField {
  readonly layer: string;
  readonly quantity: string;
  readonly offset: number;
  readonly length: number;
}
