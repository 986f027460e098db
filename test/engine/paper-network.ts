/** The network of section 4.1 of the paper on MNIST: three hidden layers of 100 sigmoid units, with or without BN. */
import { loadData } from '../../sidecar/data/load.ts';
import type { LayerOperation, Network } from '../../sidecar/network/types.ts';
import { batchnorm, dense, networkOf } from './networks.ts';
import { createSession } from './session.ts';

const image = [1, 28, 28];

export function paperNetwork(normalized: boolean, seed: number): Network {
  const hidden = (): LayerOperation[] =>
    normalized
      ? [dense(100, false), batchnorm(), { kind: 'sigmoid' }]
      : [dense(100), { kind: 'sigmoid' }];
  const network = networkOf(image, [...hidden(), ...hidden(), ...hidden(), dense(10)], {
    ...{ loss: 'softmax-cross-entropy', batchSize: 60, learningRate: 0.1 },
    ...{ seed, shuffle: true, steps: 2000 },
  });
  return { ...network, initialization: { kind: 'gaussian', deviation: 0.1 } };
}

/** Test accuracy after each of the numbers of steps. */
export async function testAccuracies(network: Network, steps: readonly number[]) {
  const { train, test, normalization } = await loadData({ kind: 'mnist' }, '');
  const { trainer } = await createSession(network, train, { normalization });
  return steps.map((count) => {
    while (trainer.stepsDone < count) trainer.step();
    return trainer.evaluate(test).accuracy!;
  });
}
