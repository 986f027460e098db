/**
 * The plan's promise to threads: between two barriers the threads' shares of the calls may run in any order, and the
 * bits stay the same. Here one thread plays all of them, one share after the other, in memory that tensors share; the
 * trainer it is compared with runs on its own and keeps every tensor apart.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unpackRows } from '../../sidecar/engine/blocked.ts';
import { argumentsOf, type Call } from '../../sidecar/engine/calls.ts';
import { inferenceLists } from '../../sidecar/engine/inference.ts';
import { initialWeights } from '../../sidecar/engine/initialize.ts';
import { instantiateKernels, type Kernels } from '../../sidecar/engine/kernels.ts';
import { writeScalars } from '../../sidecar/engine/optimizer.ts';
import { readWeights, writeNormalization, writeWeights } from '../../sidecar/engine/parameters.ts';
import { createMemory, planTraining } from '../../sidecar/engine/plan.ts';
import { createSampler } from '../../sidecar/engine/sampler.ts';
import type { Network } from '../../sidecar/network/types.ts';
import { betweenDense, networks } from './cases.ts';
import { batchnorm, conv, dense, examplesFor, identity, networkOf, sgd } from './networks.ts';
import { createSession } from './session.ts';

const steps = 3;
const orders = [[0], [1, 0], [2, 0, 1], [7, 3, 5, 1, 6, 2, 4, 0]];
const losses = ['softmax-cross-entropy', 'binary-cross-entropy', 'mse'] as const;
const optimizer = { ...sgd, momentum: 0.9 };

const layers = Object.entries(betweenDense).map(
  ([name, layers]) =>
    [name, networkOf(37, [dense(43), ...layers, dense(29)], { batchSize: 10, optimizer })] as const,
);
const whole = Object.entries(networks).map(
  ([name, { input, layers }]) =>
    [name, networkOf(input, [...layers, dense(20)], { batchSize: 10, optimizer })] as const,
);
const ofLosses = losses.map(
  (loss) => [loss, networkOf(37, [dense(20)], { loss, batchSize: 10, optimizer })] as const,
);

/** Convolutions large enough for Winograd's: of several tiles and blocks, of a single one, and side by side. */
const around = { top: 1, bottom: 1, left: 1, right: 1 };
const tiled = [
  conv(20, [3, 3], { padding: around }),
  { kind: 'relu' } as const,
  { ...conv(24, [3, 3], { padding: around }), name: 'first', inputs: ['relu1'] },
  { ...conv(17, [3, 3], { padding: around }), name: 'second', inputs: ['relu1'] },
  { kind: 'concat', inputs: ['first', 'second'] } as const,
  {
    kind: 'maxpool',
    kernel: [2, 2],
    stride: [2, 2],
    padding: { ...around, top: 0, left: 0 },
  } as const,
  conv(40, [3, 3], { padding: around }),
  batchnorm(),
];
const tiles = [10, 18].map(
  (batchSize) =>
    [
      `tiles of ${batchSize} examples`,
      networkOf([2, 7, 7], [...tiled, dense(5)], { batchSize, optimizer }),
    ] as const,
);

for (const [name, network] of [...layers, ...whole, ...ofLosses, ...tiles]) {
  test(`${name}: 1, 2, 3 and 8 threads in any order give the trainer's bits`, async () => {
    const examples = examplesFor(network, 40);
    const { trainer } = await createSession(network, examples);
    for (let step = 0; step < steps; step++) trainer.step();
    const expected = { weights: trainer.weights(), outputs: trainer.infer(firstBatch(network)) };
    for (const order of orders) {
      assert.deepEqual(await trainInShares(network, order), expected, `order ${order}`);
    }
  });
}

/** Weights after the steps, and outputs of a batch with them. */
async function trainInShares(network: Network, order: readonly number[]) {
  const examples = examplesFor(network, 40);
  const plan = planTraining(network, { evaluationBatch: 10 });
  const memory = createMemory(plan);
  writeWeights(memory, plan, initialWeights(network));
  writeNormalization(memory, plan, identity);
  const { gather, forward, backward, step, scalars } = plan.training;
  const kernels = await instantiateKernels(memory);
  const stage = createSampler(network, examples, plan.training, memory);
  for (let number = 0; number < steps; number++) {
    stage(number);
    new Int32Array(memory.buffer, step, 1)[0] = number;
    const { optimizer, learningRate } = network.train;
    writeScalars(new Float32Array(memory.buffer, scalars), optimizer, learningRate, number);
    runInShares(kernels, [gather.floats, ...forward, ...backward], order);
  }
  const floats = new Float32Array(memory.buffer);
  const { inference } = plan;
  floats.set(firstBatch(network).inputs, inference.staging / 4);
  runInShares(kernels, inferenceLists(inference)[1], order);
  const outputs = new Float32Array(10 * inference.output.units);
  unpackRows(floats, inference.output, 10, outputs, 0);
  return { weights: readWeights(memory, plan), outputs };
}

function firstBatch(network: Network) {
  return { ...examplesFor(network, 10, 2), count: 10 };
}

/** Each stretch between barriers run by one thread after the other. */
function runInShares(kernels: Kernels, calls: readonly Call[], order: readonly number[]): void {
  const stretches: Call[][] = [[]];
  for (const call of calls) {
    if (call.barrier) stretches.push([]);
    stretches.at(-1)!.push(call);
  }
  for (const stretch of stretches) {
    for (const thread of order) {
      for (const call of stretch) {
        const args = argumentsOf(call, thread, order.length);
        if (args[0] < args[1]) kernels[call.kernel](...args);
      }
    }
  }
}
