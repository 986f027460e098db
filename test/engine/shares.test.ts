/**
 * The plan's promise to threads: between two barriers the threads' shares of the calls may run in any order, and the
 * bits stay the same. Here one thread plays all of them, one share after the other.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Call, shareOf } from '../../sidecar/engine/calls.ts';
import { instantiateKernels, type Kernels } from '../../sidecar/engine/kernels.ts';
import { writeScalars } from '../../sidecar/engine/optimizer.ts';
import { createSampler } from '../../sidecar/engine/sampler.ts';
import type { LayerOperation, Network } from '../../sidecar/network/types.ts';
import { batchnorm, dense, examplesFor, networkOf, sgd } from './networks.ts';
import { createSession } from './session.ts';

const layers: readonly LayerOperation[] = [
  ...[dense(43, false), batchnorm(), { kind: 'sigmoid' } as const],
  ...[dense(29), { kind: 'relu' } as const, { kind: 'dropout', rate: 0.2 } as const],
  ...[dense(17, false), batchnorm(), { kind: 'tanh' } as const],
  ...[dense(20), batchnorm()],
];

const steps = 3;

for (const loss of ['softmax-cross-entropy', 'binary-cross-entropy', 'mse'] as const) {
  const network = networkOf(37, layers, {
    loss,
    batchSize: 10,
    optimizer: { ...sgd, momentum: 0.9 },
  });
  const orders = [[0], [1, 0], [2, 0, 1], [7, 3, 5, 1, 6, 2, 4, 0]];
  for (const order of orders) {
    test(`${loss}: ${order.length} threads in the order ${order} give the trainer's bits`, async () => {
      const { trainer } = await createSession(network, examplesFor(network, 40));
      for (let step = 0; step < steps; step++) trainer.step();
      assert.deepEqual(await trainInShares(network, order), trainer.weights());
    });
  }
}

/** Weights after the steps, each segment between barriers run by one thread after the other. */
async function trainInShares(network: Network, order: readonly number[]) {
  const examples = examplesFor(network, 40);
  const { plan, memory, trainer } = await createSession(network, examples);
  const { gather, forward, backward, step, scalars } = plan.training;
  const kernels = await instantiateKernels(memory);
  const stage = createSampler(network, examples, plan.training, memory);
  const segments = segmentsOf([gather.floats, ...forward, ...backward]);
  for (let number = 0; number < steps; number++) {
    stage(number);
    new Int32Array(memory.buffer, step, 1)[0] = number;
    const { optimizer, learningRate } = network.train;
    writeScalars(new Float32Array(memory.buffer, scalars), optimizer, learningRate, number);
    for (const segment of segments) {
      for (const thread of order) runShare(kernels, segment, thread, order.length);
    }
  }
  return trainer.weights();
}

function segmentsOf(calls: readonly Call[]): readonly (readonly Call[])[] {
  const segments: Call[][] = [[]];
  for (const call of calls) {
    if (call.barrier) segments.push([]);
    segments.at(-1)!.push(call);
  }
  return segments;
}

function runShare(kernels: Kernels, calls: readonly Call[], thread: number, threads: number): void {
  for (const call of calls) {
    const [first, last] = shareOf(call, thread, threads);
    if (first < last) kernels[call.kernel](first, last, ...call.args);
  }
}
