import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { barrierWords, createBarrier } from '../../sidecar/engine/barrier.ts';
import { planTraining } from '../../sidecar/engine/plan.ts';
import { usefulThreads } from '../../sidecar/engine/threads.ts';
import { networks } from './cases.ts';
import { batchnorm, dense, examplesFor, networkOf } from './networks.ts';
import { paperNetwork } from './paper-network.ts';
import { createSession } from './session.ts';

const names = ['branches of an image joined', 'residual around batchnorm and back'] as const;
const mlp = networkOf(37, [dense(43), batchnorm(), { kind: 'sigmoid' }, dense(10)], {
  batchSize: 30,
});

for (const [name, network] of [
  ['perceptron', mlp] as const,
  ...names.map((name) => {
    const { input, layers } = networks[name];
    return [name, networkOf(input, [...layers, dense(10)], { batchSize: 10 })] as const;
  }),
]) {
  test(`${name}: 1, 2, 3 and 8 real threads give the same bits, training and evaluating`, async () => {
    const examples = examplesFor(network, 100);
    const results = [];
    for (const threads of [1, 2, 3, 8]) {
      const { trainer } = await createSession(network, examples, { threads });
      for (let step = 0; step < 20; step++) trainer.step();
      results.push({
        weights: trainer.weights(),
        outputs: trainer.infer(examples),
        loss: trainer.loss,
      });
      trainer.close();
    }
    for (const result of results) assert.deepEqual(result, results[0]);
  });
}

test('nobody passes a barrier before all have come, whether they spin or sleep', async () => {
  const threads = 4;
  const rounds = 2000;
  const words = new Int32Array(new SharedArrayBuffer(4 * (barrierWords + 16)));
  const task = {
    words,
    threads,
    rounds,
    url: new URL('./barrier-thread.ts', import.meta.url).href,
  };
  const others = Array.from(
    { length: threads },
    (_, thread) => new Worker(new URL(task.url), { workerData: { ...task, thread } }),
  );
  const seen = await Promise.all(
    others.map(
      (worker) =>
        new Promise<number>((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    ),
  );
  assert.deepEqual(seen, Array(threads).fill(0));
});

test('a thread that fails releases the others with an error', () => {
  const words = new Int32Array(new SharedArrayBuffer(4 * barrierWords));
  createBarrier(words, 2).fail();
  // The only one to come would wait for ever.
  assert.throws(() => createBarrier(words, 1).meet(), /a thread of the team has failed/);
});

test('a large network uses all threads, a small one its own alone', () => {
  const large = planTraining(
    networkOf(784, [dense(1024), dense(1024), dense(10)], { batchSize: 256 }),
  );
  const small = planTraining(networkOf(4, [dense(16), batchnorm(), dense(3)], { batchSize: 32 }));
  assert.equal(usefulThreads(large, 8), 8);
  assert.equal(usefulThreads(small, 8), 1);
  assert.equal(usefulThreads(planTraining(paperNetwork(true, 1)), 2), 2);
});
