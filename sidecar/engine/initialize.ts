/** Initial values of everything a network learns or keeps as running statistics. */
import {
  type Initialization,
  type Network,
  sizeOf,
  type Tensor,
  type Weights,
} from '../network/types.ts';
import { seededRandom } from '../random.ts';
import { type ParameterSpecification, specifications } from './layers/index.ts';

/**
 * Depends only on the seed, the way of drawing, and each layer's name and shape, so variants start from the same
 * weights where their layers coincide.
 */
export function initialWeights(network: Network): Weights {
  const { initialization, train } = network;
  return new Map(
    network.layers.flatMap((layer) =>
      specifications(layer).map((parameter): [string, Tensor] => {
        const name = `${layer.name}.${parameter.tensor}`;
        const values = drawValues(parameter, initialization, train.seed, name);
        return [name, { shape: parameter.shape, values }];
      }),
    ),
  );
}

/**
 * Random weights: `gaussian` is normal with the given deviation; `glorot` uniform within
 * +-sqrt(6 / (inputs + outputs)); `he` normal with deviation sqrt(2 / inputs). As in PyTorch `inputs` are the values that
 * one output sees and `outputs` the same seen from an input, both without regard to groups and stride.
 */
function drawValues(
  { shape, initial }: ParameterSpecification,
  initialization: Initialization,
  seed: number,
  name: string,
): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  if (initial !== 'random') return values.fill(initial);
  const random = seededRandom(seed, 'weights', name, ...shape);
  const [units, channels, ...taps] = shape;
  const inputs = sizeOf([channels, ...taps]);
  const limit = Math.sqrt(6 / (inputs + sizeOf([units, ...taps])));
  const draw = {
    gaussian: (deviation: number) => random.normal() * deviation,
    glorot: () => (2 * random.uniform() - 1) * limit,
    he: () => random.normal() * Math.sqrt(2 / inputs),
  };
  const deviation = initialization.kind === 'gaussian' ? initialization.deviation : 0;
  return values.map(() => draw[initialization.kind](deviation));
}
