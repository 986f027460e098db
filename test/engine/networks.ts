/** Networks and data for tests, in few words. */
import type {
  Examples,
  Layer,
  LayerOperation,
  Loss,
  Network,
  Normalization,
  Train,
} from '../../sidecar/network/types.ts';
import { seededRandom } from '../../sidecar/random.ts';

export const identity: Normalization = {
  mean: new Float32Array([0]),
  deviation: new Float32Array([1]),
};

export const sgd = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;

const training: Train = {
  optimizer: sgd,
  learningRate: 0.1,
  schedule: { kind: 'constant', warmup: 0 },
  batchSize: 8,
  steps: 100,
  seed: 1,
  evaluateEvery: 100,
  shuffle: false,
};

/** Names and shapes are filled in: `dense1`, `batchnorm1` and so on. */
export function networkOf(
  inputs: number,
  operations: readonly LayerOperation[],
  { loss = 'mse', ...train }: Partial<Train> & { loss?: Loss } = {},
): Network {
  const counts = new Map<string, number>();
  let features = inputs;
  const layers = operations.map((operation): Layer => {
    const count = (counts.get(operation.kind) ?? 0) + 1;
    counts.set(operation.kind, count);
    const input = [features];
    if (operation.kind === 'dense') features = operation.units;
    return { ...operation, name: `${operation.kind}${count}`, input, output: [features] };
  });
  return {
    input: [inputs],
    layers,
    initialization: { kind: 'gaussian', deviation: 0.5 },
    loss,
    train: { ...training, ...train },
  };
}

export const dense = (units: number, bias = true): LayerOperation => ({
  kind: 'dense',
  units,
  bias,
});

export const batchnorm = (momentum = 0.1, epsilon = 1e-5): LayerOperation => ({
  kind: 'batchnorm',
  momentum,
  epsilon,
});

/** Normally distributed inputs, and targets that fit the loss: classes, or normally distributed numbers. */
export function examplesFor(network: Network, count: number, seed = 1): Examples {
  const random = seededRandom(seed, 'examples');
  const inputs = Float32Array.from({ length: count * network.input[0] }, () => random.normal());
  const units = network.layers.at(-1)!.output[0];
  const targets =
    network.loss === 'mse'
      ? Float32Array.from({ length: count * units }, () => random.normal())
      : Int32Array.from({ length: count }, () => random.below(Math.max(2, units)));
  // A single output of softmax knows one class only.
  if (network.loss === 'softmax-cross-entropy' && units === 1) targets.fill(0);
  return { count, inputs, targets };
}
