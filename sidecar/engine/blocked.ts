/**
 * The blocked layout of every tensor in the engine's memory, and the way in and out of it.
 *
 * Activations `[examples, channels, pixels]` lie as `[channels / 8][pixel][stride][8]`: eight neighbouring channels form a
 * panel, in it comes pixel after pixel (row-major; a vector has one), and for each of them a row of eight lanes an
 * example. Float of (row r, unit u, pixel p): `(((u >> 3) * pixels + p) * stride + r) * 8 + (u & 7)`. Examples are padded
 * to `stride`, a multiple of 4, within every pixel: arithmetic may run over the padding, sums must not.
 * Raw input of few channels can lie in planes instead, `lanes` 1: `[channel][pixel][stride]`.
 *
 * Weights `[units, channels, pixels]` (pixels: the taps of a convolution, or the image before a dense layer) lie as
 * `[units / 8][channels / 8][pixel][8 channels][8 units]`: their sum runs in the order in which the panels of the input
 * lie in memory, and an image goes into a dense layer as it is. Weights of channels that pad are 0 and stay 0. Without
 * pixels this is `[units / 8][inputs][8]`. Vectors such as a bias are `[units / 8][8]`.
 */
import { sizeOf } from '../network/types.ts';

/** Units side by side in a panel: two SIMD vectors of float32. */
export const lanes = 8;

/** Rows of activations are a multiple of this, the height of the matrix product's tile. */
const tile = 4;

export interface Extent {
  readonly units: number;
  /** Examples (activations), inputs of one unit (weights) or 1 (vectors). */
  readonly rows: number;
  /** Locations of an image, taps of a kernel; 1 for everything flat. */
  readonly pixels: number;
  /** Rows from one pixel to the next, those that pad included. */
  readonly stride: number;
  /** Units side by side: 8, or 1 where the input lies in planes. */
  readonly lanes: number;
}

export interface Place extends Extent {
  /** In bytes from the start of the memory. */
  readonly offset: number;
}

/** Activations of a shape `[channels, ...locations]`. */
export function activationExtent(rows: number, [units, ...locations]: readonly number[]): Extent {
  const stride = Math.ceil(rows / tile) * tile;
  return { units, rows, pixels: sizeOf(locations), stride, lanes };
}

/** `[units, inputs]` of weights, or with `pixels` `[units, inputs / pixels, pixels]`. */
export function matrixExtent(units: number, inputs: number, pixels = 1): Extent {
  const channels = inputs / pixels;
  const stride = pixels === 1 ? inputs : Math.ceil(channels / lanes) * lanes;
  return { units, rows: inputs, pixels, stride, lanes };
}

/** `[units]`. */
export function vectorExtent(units: number): Extent {
  return { units, rows: 1, pixels: 1, stride: 1, lanes };
}

export function panels(extent: Extent): number {
  return Math.ceil(extent.units / extent.lanes);
}

/** Bytes from one panel to the next. */
export function panelBytes(extent: Extent): number {
  return paddedRows(extent) * extent.lanes * Float32Array.BYTES_PER_ELEMENT;
}

/** Rows of a panel over all pixels, those that pad included: what arithmetic that knows no neighbours runs over. */
export function paddedRows(extent: Extent): number {
  return extent.pixels * extent.stride;
}

/** Bytes of the whole tensor. */
export function placeBytes(extent: Extent): number {
  return panels(extent) * panelBytes(extent);
}

/** Writes values `[units][rows]` (PyTorch's order for parameters), and 0 into lanes and rows that pad. */
export function packParameter(memory: Float32Array, place: Place, values: Float32Array): void {
  const base = place.offset / 4;
  memory.fill(0, base, base + placeBytes(place) / 4);
  for (let unit = 0; unit < place.units; unit++) {
    for (let input = 0; input < place.rows; input++) {
      memory[base + weightIndex(place, unit, input)] = values[unit * place.rows + input];
    }
  }
}

/** A copy in the order `[units][rows]`. */
export function unpackParameter(memory: Float32Array, place: Place): Float32Array {
  const base = place.offset / 4;
  const values = new Float32Array(place.units * place.rows);
  for (let unit = 0; unit < place.units; unit++) {
    for (let input = 0; input < place.rows; input++) {
      values[unit * place.rows + input] = memory[base + weightIndex(place, unit, input)];
    }
  }
  return values;
}

/** Copies the first `count` examples into `target`, `[examples][units][pixels]`, from element `at` on. */
export function unpackRows(
  memory: Float32Array,
  place: Place,
  count: number,
  target: Float32Array,
  at: number,
): void {
  const base = place.offset / 4;
  let next = at;
  for (let row = 0; row < count; row++) {
    for (let unit = 0; unit < place.units; unit++) {
      for (let pixel = 0; pixel < place.pixels; pixel++) {
        target[next++] = memory[base + index(place, row, unit, pixel)];
      }
    }
  }
}

/** Index of an activation in floats from the start of its tensor. */
export function index(extent: Extent, row: number, unit: number, pixel = 0): number {
  const panel = Math.floor(unit / extent.lanes);
  const line = (panel * extent.pixels + pixel) * extent.stride + row;
  return line * extent.lanes + (unit % extent.lanes);
}

/** Index of the weight between a unit and one of its inputs, counted in PyTorch's order `[channels][pixels]`. */
function weightIndex(extent: Extent, unit: number, input: number): number {
  const { pixels } = extent;
  const channel = Math.floor(input / pixels);
  const row =
    pixels === 1 ? channel : ((channel >> 3) * pixels + (input % pixels)) * lanes + (channel & 7);
  return ((unit >> 3) * paddedRows(extent) + row) * lanes + (unit & 7);
}
