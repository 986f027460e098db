/** Reading the probes of a variant: the one at a step, and the numbers that travel in them as base64. */
import type { ActivationProbe, Probe, ShiftProbe } from '../../sidecar/protocol/probes.ts';
import { decodeFloats } from '../decode.ts';

/** The last probe at or before a step, or the latest of all. */
export function probeAt(probes: readonly Probe[], step: number | null): Probe | undefined {
  return step === null ? probes.at(-1) : probes.findLast((probe) => probe.step <= step);
}

export function activationIn(probe: Probe | undefined, layer: string): ActivationProbe | undefined {
  return probe?.activations.find((each) => each.layer === layer);
}

export function shiftIn(probe: Probe | undefined, layer: string): ShiftProbe | undefined {
  return probe?.shifts.find((each) => each.layer === layer);
}

/** Entries `offset` to `offset + length` of an array of float32 in base64, without decoding the rest. */
export function decodeSlice(base64: string, offset: number, length: number): Float32Array {
  const first = offset * Float32Array.BYTES_PER_ELEMENT;
  const last = first + length * Float32Array.BYTES_PER_ELEMENT;
  // Three bytes are four letters.
  const text = base64.slice(Math.floor(first / 3) * 4, Math.ceil(last / 3) * 4);
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const start = first % 3;
  if (bytes.length < start + last - first) {
    throw new RangeError(`probe: expected ${last} bytes, found ${first - start + bytes.length}`);
  }
  const view = new DataView(bytes.buffer, start);
  return Float32Array.from({ length }, (_, index) => view.getFloat32(index * 4, true));
}

/** Percentiles of every unit's input: `[3][units]`, the 15th, 50th and 85th. */
export interface UnitPercentiles {
  readonly units: number;
  readonly values: Float32Array;
}

export function percentilesOf({ percentiles }: ActivationProbe): UnitPercentiles {
  const padding = percentiles.match(/=*$/)![0].length;
  const values = decodeFloats(percentiles, ((percentiles.length / 4) * 3 - padding) / 4);
  return { units: values.length / 3, values };
}
