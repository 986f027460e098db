/**
 * A judge of the engine: the same networks in float64 and plain loops, with nothing shared but the types. Only the
 * forward pass is written; gradients are its central differences.
 */
import type { Examples, Loss, Network, Weights } from '../../sidecar/network/types.ts';
import { average, layerOutput, type Rows } from './reference-layers.ts';

export { momentsOf, type Rows } from './reference-layers.ts';

/** Values by name, as `Weights` but in float64. */
export type Values = Map<string, Float64Array>;

export function inFloat64(weights: Weights): Values {
  return new Map([...weights].map(([name, { values }]) => [name, Float64Array.from(values)]));
}

export function rowsOf(inputs: ArrayLike<number>, features: number): Float64Array[] {
  return Array.from({ length: inputs.length / features }, (_, row) =>
    Float64Array.from({ length: features }, (_, i) => inputs[row * features + i]),
  );
}

/** Output of every layer in turn, images as rows `[channels][locations]`. `masks` says what dropout multiplies by; without it dropout is the identity. */
export function layerOutputs(
  network: Network,
  values: Values,
  inputs: Rows,
  mode: 'training' | 'inference',
  masks: ReadonlyMap<string, Rows> = new Map(),
): Map<string, Rows> {
  const outputs = new Map<string, Rows>([['input', inputs]]);
  for (const layer of network.layers) {
    const taken = layer.inputs.map((name) => outputs.get(name)!);
    const { name } = layer;
    const parameter = (tensor: string) => values.get(`${name}.${tensor}`)!;
    outputs.set(
      name,
      layerOutput({ layer, inputs: taken, parameter, mode, mask: masks.get(name) }),
    );
  }
  outputs.delete('input');
  return outputs;
}

/** `smoothing` is the share of a class's probability that is spread over all. */
export function lossOf(
  loss: Loss,
  outputs: Rows,
  targets: Examples['targets'],
  smoothing = 0,
): number {
  const losses = outputs.map((row, example) => {
    if (loss === 'softmax-cross-entropy') {
      const sum = row.reduce((total, z) => total + Math.exp(z), 0);
      const terms = row.map((z, unit) => {
        const share = smoothing / row.length + Number(unit === targets[example]) * (1 - smoothing);
        return -share * Math.log(Math.exp(z) / sum);
      });
      return row.length * average(terms);
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

function target(
  targets: Examples['targets'],
  example: number,
  unit: number,
  units: number,
): number {
  if (targets instanceof Float32Array) return targets[example * units + unit];
  return units === 1 ? targets[example] : Number(targets[example] === unit);
}
