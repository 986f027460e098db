/** Forward passes of all layers in float64 and plain loops, one entry a kind. */
import type { Layer, LayerKind } from '../../sidecar/network/types.ts';

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

/** Applies `f(value, channel)`. */
function byChannel(rows: Rows, channels: number, f: (x: number, channel: number) => number): Rows {
  const size = rows[0].length / channels;
  return rows.map((row) => row.map((x, i) => f(x, Math.floor(i / size))));
}

function each(f: (x: number) => number) {
  return ({ inputs: [rows] }: { readonly inputs: readonly Rows[] }): Rows =>
    rows.map((row) => row.map(f));
}
