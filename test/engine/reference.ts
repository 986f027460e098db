/**
 * A judge of the engine: the same networks in float64 and plain loops, with nothing shared but the types. Only the
 * forward pass is written; gradients are its central differences.
 */
import type { Examples, Layer, Loss, Network, Weights } from '../../sidecar/network/types.ts';

/** Values by name, as `Weights` but in float64. */
export type Values = Map<string, Float64Array>;

/** Rows of units. */
export type Rows = readonly Float64Array[];

export function inFloat64(weights: Weights): Values {
  return new Map([...weights].map(([name, { values }]) => [name, Float64Array.from(values)]));
}

export function rowsOf(inputs: ArrayLike<number>, features: number): Float64Array[] {
  return Array.from({ length: inputs.length / features }, (_, row) =>
    Float64Array.from({ length: features }, (_, i) => inputs[row * features + i]),
  );
}

/** Output of every layer in turn. `masks` says what dropout multiplies by; without it dropout is the identity. */
export function layerOutputs(
  network: Network,
  values: Values,
  inputs: Rows,
  mode: 'training' | 'inference',
  masks: ReadonlyMap<string, Rows> = new Map(),
): Map<string, Rows> {
  const outputs = new Map<string, Rows>();
  let rows = inputs;
  for (const layer of network.layers) {
    rows = layerOutput(layer, values, rows, mode, masks.get(layer.name));
    outputs.set(layer.name, rows);
  }
  return outputs;
}

export function lossOf(loss: Loss, outputs: Rows, targets: Examples['targets']): number {
  const losses = outputs.map((row, example) => {
    if (loss === 'softmax-cross-entropy') {
      const sum = row.reduce((total, z) => total + Math.exp(z), 0);
      return -Math.log(Math.exp(row[targets[example]]) / sum);
    }
    const terms = row.map((z, unit) => {
      const t = target(targets, example, unit, row.length);
      if (loss === 'mse') return (z - t) ** 2;
      const p = 1 / (1 + Math.exp(-z));
      return -t * Math.log(p) - (1 - t) * Math.log(1 - p);
    });
    return average(terms);
  });
  return average(losses);
}

/** Derivative of `f` by every element of `values.get(name)`, from two evaluations each. */
export function centralDifferences(values: Values, name: string, f: () => number): Float64Array {
  const parameter = values.get(name)!;
  const distance = 1e-5;
  return parameter.map((middle, i) => {
    parameter[i] = middle + distance;
    const above = f();
    parameter[i] = middle - distance;
    const below = f();
    parameter[i] = middle;
    return (above - below) / (2 * distance);
  });
}

/** Mean and biased variance of every unit over the rows. */
export function momentsOf(rows: Rows): { mean: Float64Array; variance: Float64Array } {
  const mean = rows[0].map((_, unit) => average(rows.map((row) => row[unit])));
  const variance = mean.map((m, unit) => average(rows.map((row) => (row[unit] - m) ** 2)));
  return { mean, variance };
}

function layerOutput(
  layer: Layer,
  values: Values,
  rows: Rows,
  mode: 'training' | 'inference',
  mask?: Rows,
): Rows {
  const parameter = (tensor: string) => values.get(`${layer.name}.${tensor}`);
  const each = (f: (x: number) => number): Rows => rows.map((row) => row.map(f));
  switch (layer.kind) {
    case 'dense': {
      const weight = parameter('weight')!;
      const bias = parameter('bias');
      return rows.map((row) =>
        Float64Array.from({ length: layer.units }, (_, unit) =>
          row.reduce((sum, x, i) => sum + x * weight[unit * row.length + i], bias ? bias[unit] : 0),
        ),
      );
    }
    case 'batchnorm': {
      const { mean, variance } =
        mode === 'training'
          ? momentsOf(rows)
          : { mean: parameter('running_mean')!, variance: parameter('running_var')! };
      const gamma = parameter('weight')!;
      const beta = parameter('bias')!;
      return rows.map((row) =>
        row.map(
          (x, unit) =>
            ((x - mean[unit]) / Math.sqrt(variance[unit] + layer.epsilon)) * gamma[unit] +
            beta[unit],
        ),
      );
    }
    case 'sigmoid':
      return each((x) => 1 / (1 + Math.exp(-x)));
    case 'tanh':
      return each(Math.tanh);
    case 'relu':
      return each((x) => Math.max(0, x));
    case 'leaky-relu':
      return each((x) => (x > 0 ? x : x * layer.slope));
    case 'softplus':
      return each((x) => Math.log1p(Math.exp(x)));
    case 'dropout':
      return mask ? rows.map((row, r) => row.map((x, unit) => x * mask[r][unit])) : rows;
    case 'flatten':
      return rows;
  }
}

function target(
  targets: Examples['targets'],
  example: number,
  unit: number,
  units: number,
): number {
  if (targets instanceof Float32Array) return targets[example * units + unit];
  return units === 1 ? targets[example] : Number(targets[example] === unit);
}

function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
