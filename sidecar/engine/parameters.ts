/** Parameters and normalization on their way into the engine's memory and out of it. */
import type { Normalization, Tensor, Weights } from '../network/types.ts';
import { packParameter, unpackParameter } from './blocked.ts';
import type { InferencePlan } from './plan.ts';

export function writeWeights(
  memory: WebAssembly.Memory,
  { parameters }: Pick<InferencePlan, 'parameters'>,
  weights: Weights,
): void {
  const floats = new Float32Array(memory.buffer);
  for (const { name, shape, place } of parameters) {
    const tensor = weights.get(name);
    const expected = `${name}: expected shape [${shape.join(', ')}]`;
    if (!tensor) throw new Error(`${expected}, found no such tensor`);
    if (tensor.shape.join() !== shape.join()) {
      throw new Error(`${expected}, found [${tensor.shape.join(', ')}]`);
    }
    packParameter(floats, place, tensor.values);
  }
}

/** Copies of all parameters. */
export function readWeights(
  memory: WebAssembly.Memory,
  { parameters }: Pick<InferencePlan, 'parameters'>,
): Weights {
  const floats = new Float32Array(memory.buffer);
  return new Map(
    parameters.map(({ name, shape, place }): [string, Tensor] => [
      name,
      { shape, values: unpackParameter(floats, place) },
    ]),
  );
}

export function writeNormalization(
  memory: WebAssembly.Memory,
  { features, normalization }: Pick<InferencePlan, 'features' | 'normalization'>,
  { mean, deviation }: Normalization,
): void {
  const floats = new Float32Array(memory.buffer);
  packParameter(floats, normalization.mean, everyFeature('mean', mean, features));
  packParameter(floats, normalization.deviation, everyFeature('deviation', deviation, features));
}

function everyFeature(name: string, values: Float32Array, features: number): Float32Array {
  if (values.length === features) return values;
  if (values.length === 1) return new Float32Array(features).fill(values[0]);
  throw new Error(
    `normalization: expected 1 or ${features} values for ${name}, found ${values.length}`,
  );
}
