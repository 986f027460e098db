/** What a run has measured, as the checks of this folder take it. Nothing here knows of threads, files or editors. */
import { fromBase64 } from '../base64.ts';
import { type Layer, locationsOf, type Network } from '../network/types.ts';
import type { Probe, UnitField } from '../protocol/probes.ts';

export interface Measured {
  readonly network: Network;
  /** Where each layer's quantities lie in the `units` of a probe. */
  readonly unitFields: readonly UnitField[];
  /** Oldest first, at least one; the last is the one that is judged. */
  readonly probes: readonly Probe[];
  /** Examples of a probe's batch. */
  readonly probeExamples: number;
  /** Step after which running statistics were last computed anew over the training set; absent: never. */
  readonly recomputedAt?: number;
}

/** Every unit's statistics at one step. */
export interface Block {
  readonly step: number;
  readonly values: Float32Array;
}

export interface Evidence extends Measured {
  /** The probe that is judged. */
  readonly probe: Probe;
  /**
   * Blocks of the second half of the steps made, oldest first, evenly picked: what happens in the first half of a
   * training, whatever its length, is no sign of anything.
   */
  readonly recent: readonly Block[];
}

/** Blocks that a trend or a spread is computed from; bounds what one judgement costs. */
const mostBlocks = 12;

export function gatherEvidence(measured: Measured): Evidence {
  const probe = measured.probes.at(-1)!;
  const half = measured.probes.filter(({ step, units }) => units !== null && 2 * step > probe.step);
  const taken = Math.min(mostBlocks, half.length);
  const recent = Array.from({ length: taken }, (_, i) => {
    const { step, units } =
      half[half.length - 1 - Math.floor(((taken - 1 - i) * half.length) / taken)];
    return { step, values: fromBase64(units!) };
  });
  return { ...measured, probe, recent };
}

/** One quantity of a layer in each recent block, `[blocks][units]`; null when the layer has no such quantity. */
export function seriesOf(
  { unitFields, recent }: Evidence,
  layer: string,
  quantity: string,
): readonly Float32Array[] | null {
  const field = unitFields.find((each) => each.layer === layer && each.quantity === quantity);
  if (field === undefined) return null;
  return recent.map(({ values }) => values.subarray(field.offset, field.offset + field.length));
}

/** Values a channel's statistics are taken over: examples times locations (section 3.2 of the paper). */
export function valuesPerChannel({ input }: Layer, { train }: Network): number {
  return train.batchSize * locationsOf(input);
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** NaN for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
