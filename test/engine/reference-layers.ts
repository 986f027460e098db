/** Forward passes of all layers in float64 and plain loops, one entry a kind. */
import type { Layer, LayerKind, Shape } from '../../sidecar/network/types.ts';
import { convolve, pool, type Size, type Sliding } from './images.ts';

/** Rows of an example's values, `[channels][locations]`. */
export type Rows = readonly Float64Array[];

interface Site<L extends Layer> {
  readonly layer: L;
  readonly inputs: readonly Rows[];
  parameter(tensor: string): Float64Array;
  readonly mode: 'training' | 'inference';
  /** What dropout multiplies by; without it dropout is the identity. */
  readonly mask?: Rows;
}

type Judge<K extends LayerKind> = (site: Site<Extract<Layer, { kind: K }>>) => Rows;

const judges: { readonly [K in LayerKind]?: Judge<K> } = {
  dense: ({ layer, inputs: [rows], parameter }) => {
    const weight = parameter('weight');
    const bias = layer.bias ? parameter('bias') : null;
    return rows.map((row) =>
      Float64Array.from({ length: layer.units }, (_, unit) =>
        row.reduce((sum, x, i) => sum + x * weight[unit * row.length + i], bias ? bias[unit] : 0),
      ),
    );
  },
  conv2d: convolved,
  conv1d: convolved,
  maxpool: ({ layer, inputs: [rows] }) => pooled('max', layer, layer, rows),
  avgpool: ({ layer, inputs: [rows] }) => pooled('average', layer, layer, rows),
  'global-avgpool': ({ layer, inputs: [rows] }) => {
    const [, height, width] = imageOf(layer.input);
    const padding = { top: 0, bottom: 0, left: 0, right: 0 };
    return pooled('average', layer, { kernel: [height, width], stride: [1, 1], padding }, rows);
  },
  batchnorm: ({ layer, inputs: [rows], parameter, mode }) => {
    const [channels] = layer.output;
    const { mean, variance } =
      mode === 'training' && layer.state === 'train'
        ? momentsOf(rows, channels)
        : { mean: parameter('running_mean'), variance: parameter('running_var') };
    const gamma = parameter('weight');
    const beta = parameter('bias');
    return byChannel(
      rows,
      channels,
      (x, c) => ((x - mean[c]) / Math.sqrt(variance[c] + layer.epsilon)) * gamma[c] + beta[c],
    );
  },
  sigmoid: each((x) => 1 / (1 + Math.exp(-x))),
  tanh: each(Math.tanh),
  relu: each((x) => Math.max(0, x)),
  'leaky-relu': ({ layer, inputs: [rows] }) =>
    rows.map((row) => row.map((x) => (x > 0 ? x : x * layer.slope))),
  softplus: each((x) => Math.log1p(Math.exp(x))),
  gelu: each((x) => x * below(x)),
  silu: each((x) => x / (1 + Math.exp(-x))),
  softmax: ({ layer, inputs: [rows] }) => {
    const size = rows[0].length / layer.output[0];
    return rows.map((row) => {
      const sums = Float64Array.from({ length: size }, (_, pixel) =>
        row.reduce((sum, x, i) => sum + (i % size === pixel ? Math.exp(x) : 0), 0),
      );
      return row.map((x, i) => Math.exp(x) / sums[i % size]);
    });
  },
  lrn: ({ layer: { size, alpha, beta, bias, output }, inputs: [rows] }) => {
    const [channels] = output;
    const pixels = rows[0].length / channels;
    const first = -Math.floor(size / 2);
    return rows.map((row) =>
      row.map((x, i) => {
        let squares = 0;
        for (let offset = first; offset < first + size; offset++) {
          const channel = Math.floor(i / pixels) + offset;
          if (channel >= 0 && channel < channels) squares += row[i + offset * pixels] ** 2;
        }
        return x / (bias + (alpha / size) * squares) ** beta;
      }),
    );
  },
  layernorm: ({ layer, inputs: [rows], parameter }) => {
    const [gamma, beta] = [parameter('weight'), parameter('bias')];
    return rows.map((row) => {
      const normal = normalizedBy([...row], layer.epsilon);
      return row.map((x, i) => normal(x) * gamma[i] + beta[i]);
    });
  },
  groupnorm: ({ layer, inputs: [rows], parameter }) => {
    const [gamma, beta] = [parameter('weight'), parameter('bias')];
    const group = rows[0].length / layer.groups;
    const pixels = rows[0].length / layer.output[0];
    return rows.map((row) =>
      row.map((x, i) => {
        const first = i - (i % group);
        const normal = normalizedBy([...row.subarray(first, first + group)], layer.epsilon);
        const channel = Math.floor(i / pixels);
        return normal(x) * gamma[channel] + beta[channel];
      }),
    );
  },
  dropout: ({ inputs: [rows], mask }) =>
    mask ? rows.map((row, r) => row.map((x, unit) => x * mask[r][unit])) : rows,
  flatten: ({ inputs: [rows] }) => rows,
  concat: ({ inputs: [first, ...rest] }) =>
    first.map((row, r) =>
      Float64Array.from([row, ...rest.map((rows) => rows[r])].flatMap((x) => [...x])),
    ),
  add: ({ inputs: [a, b] }) => a.map((row, r) => row.map((x, i) => x + b[r][i])),
};

export function layerOutput<L extends Layer>(site: Site<L>): Rows {
  const judge = judges[site.layer.kind] as ((site: Site<L>) => Rows) | undefined;
  if (!judge) throw new Error(`${site.layer.kind}: no judge`);
  return judge(site);
}

/** Mean and biased variance of every channel over examples and locations; without `channels` every value is one. */
export function momentsOf(rows: Rows, channels = rows[0].length) {
  const size = rows[0].length / channels;
  const ofChannel = (c: number) =>
    rows.flatMap((row) => [...row.subarray(c * size, (c + 1) * size)]);
  const all = Array.from({ length: channels }, (_, c) => ofChannel(c));
  const mean = Float64Array.from(all, average);
  const variance = Float64Array.from(all, (values, c) =>
    average(values.map((x) => (x - mean[c]) ** 2)),
  );
  return { mean, variance };
}

export function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function convolved({
  layer,
  inputs: [rows],
  parameter,
}: Site<Extract<Layer, { kind: 'conv2d' | 'conv1d' }>>): Rows {
  const bias = layer.bias ? parameter('bias') : [];
  const [from, to] = [imageOf(layer.input), imageOf(layer.output)];
  const y = convolve(layer, from, to, rows.length, flatOf(rows), parameter('weight'), bias);
  return divide(y, rows.length);
}

function pooled(kind: 'max' | 'average', layer: Layer, window: Sliding, rows: Rows): Rows {
  const [from, to] = [imageOf(layer.input), imageOf(layer.output)];
  const zeros = new Float64Array(rows.length * to[0] * to[1] * to[2]);
  return divide(pool(kind, window, from, to, rows.length, flatOf(rows), zeros).y, rows.length);
}

/** A sequence is an image of one line, a vector one of one location. */
function imageOf([channels, ...locations]: Shape): Size {
  const [height, width] = locations.length === 2 ? locations : [1, locations[0] ?? 1];
  return [channels, height, width];
}

function flatOf(rows: Rows): Float64Array {
  return Float64Array.from(rows.flatMap((row) => [...row]));
}

function divide(values: Float64Array, rows: number): Rows {
  const size = values.length / rows;
  return Array.from({ length: rows }, (_, r) => values.subarray(r * size, (r + 1) * size));
}

/** Less their mean, divided by their deviation. */
function normalizedBy(values: readonly number[], epsilon: number): (x: number) => number {
  const mean = average(values);
  const variance = average(values.map((x) => (x - mean) ** 2));
  return (x) => (x - mean) / Math.sqrt(variance + epsilon);
}

/**
 * Share of the normal distribution below x: its series, whose terms all have the same sign, or from 3 on the continued
 * fraction of the tail.
 */
export function below(x: number): number {
  const z = Math.abs(x);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z > 3) {
    let fraction = z;
    for (let k = 100; k > 0; k--) fraction = z + k / fraction;
    return x < 0 ? density / fraction : 1 - density / fraction;
  }
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > 1e-18; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + sum * density;
}

/** Applies `f(value, channel)`. */
function byChannel(rows: Rows, channels: number, f: (x: number, channel: number) => number): Rows {
  const size = rows[0].length / channels;
  return rows.map((row) => row.map((x, i) => f(x, Math.floor(i / size))));
}

function each(f: (x: number) => number) {
  return ({ inputs: [rows] }: { readonly inputs: readonly Rows[] }): Rows =>
    rows.map((row) => row.map(f));
}
