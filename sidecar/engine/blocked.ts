/**
 * The blocked layout of every tensor in the engine's memory, and the way in and out of it. Unit u of row r is float
 * `((u >> 3) * stride + r) * 8 + (u & 7)`. A row is an example (activations), an input (weights) or the only one
 * (vectors such as a bias). Lanes and rows that pad are never handed out.
 */

/** Units side by side in a panel: two SIMD vectors of float32. */
export const lanes = 8;

/** Rows of activations are a multiple of this, the height of the matrix product's tile. */
const tile = 4;

export interface Place {
  /** In bytes from the start of the memory. */
  readonly offset: number;
  readonly units: number;
  readonly rows: number;
  /** Rows from one panel to the next, at least `rows`. */
  readonly stride: number;
}

export type Extent = Omit<Place, 'offset'>;

/** `[rows, units]` of activations. */
export function activationExtent(rows: number, units: number): Extent {
  return { units, rows, stride: Math.ceil(rows / tile) * tile };
}

/** `[units, inputs]` of weights. */
export function matrixExtent(units: number, inputs: number): Extent {
  return { units, rows: inputs, stride: inputs };
}

/** `[units]`. */
export function vectorExtent(units: number): Extent {
  return { units, rows: 1, stride: 1 };
}

export function panels(extent: Extent): number {
  return Math.ceil(extent.units / lanes);
}

/** Bytes from one panel to the next. */
export function panelBytes(extent: Extent): number {
  return extent.stride * lanes * Float32Array.BYTES_PER_ELEMENT;
}

/** Writes values `[units][rows]` (PyTorch's order for parameters), and 0 into lanes that pad. */
export function packParameter(memory: Float32Array, place: Place, values: Float32Array): void {
  const base = place.offset / 4;
  memory.fill(0, base, base + (panels(place) * panelBytes(place)) / 4);
  for (let unit = 0; unit < place.units; unit++) {
    for (let row = 0; row < place.rows; row++) {
      memory[base + index(place, row, unit)] = values[unit * place.rows + row];
    }
  }
}

/** A copy in the order `[units][rows]`. */
export function unpackParameter(memory: Float32Array, place: Place): Float32Array {
  const base = place.offset / 4;
  const values = new Float32Array(place.units * place.rows);
  for (let unit = 0; unit < place.units; unit++) {
    for (let row = 0; row < place.rows; row++) {
      values[unit * place.rows + row] = memory[base + index(place, row, unit)];
    }
  }
  return values;
}

/** Copies the first `count` rows into `target`, `[rows][units]`, from element `at` on. */
export function unpackRows(
  memory: Float32Array,
  place: Place,
  count: number,
  target: Float32Array,
  at: number,
): void {
  const base = place.offset / 4;
  for (let row = 0; row < count; row++) {
    for (let unit = 0; unit < place.units; unit++) {
      target[at + row * place.units + unit] = memory[base + index(place, row, unit)];
    }
  }
}

/** Index of an element in floats from the start of its tensor. */
export function index(extent: Extent, row: number, unit: number): number {
  return ((unit >> 3) * extent.stride + row) * lanes + (unit & 7);
}
