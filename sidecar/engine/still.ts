/** A network as it is looked at rather than trained. */
import type { Layer, Network } from '../network/types.ts';

/**
 * Without dropout, augmentation and clipping, in batches of so many examples, its steps plain gradient descent; `rate`
 * gives each layer's factor of the learning rate, 0 for one whose gradients nobody wants.
 */
export function stillNetwork(
  network: Network,
  batchSize: number,
  rate: (layer: Layer) => number,
): Network {
  const still = (layer: Layer): Layer => {
    const learningRate = rate(layer);
    return layer.kind === 'dropout'
      ? { ...layer, learningRate, rate: 0 }
      : { ...layer, learningRate };
  };
  return {
    ...network,
    layers: network.layers.map(still),
    train: {
      ...network.train,
      ...{ batchSize, augmentation: null, clipGradient: null },
      optimizer: { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 },
    },
  };
}
