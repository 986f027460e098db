import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Place, panelBytes, panels } from '../../sidecar/engine/blocked.ts';
import { instantiateKernels } from '../../sidecar/engine/kernels.ts';
import { createMemory, planTraining } from '../../sidecar/engine/plan.ts';
import { batchnorm, dense, networkOf } from './networks.ts';

const network = networkOf(
  20,
  [dense(17, false), batchnorm(), { kind: 'sigmoid' }, { kind: 'dropout', rate: 0.5 }, dense(5)],
  { loss: 'softmax-cross-entropy' },
);

test('a plan is plain data that can be sent to another thread', () => {
  const plan = planTraining(network);
  assert.deepEqual(structuredClone(plan), plan);
});

test('tensors lie apart from each other and within the memory', () => {
  const { bytes, parameters, normalization, training, inference } = planTraining(network, {
    keep: true,
  });
  const places = [
    ...training.tensors.map(({ place }) => place),
    ...parameters.filter(({ gradient }) => gradient === null).map(({ place }) => place),
    ...[normalization.mean, normalization.deviation, inference.output],
  ];
  const distinct = [...new Map(places.map((place) => [place.offset, place])).values()];
  const end = (place: Place) => place.offset + panels(place) * panelBytes(place);
  distinct.sort((a, b) => a.offset - b.offset);
  distinct.forEach((place, i) => {
    const next = distinct[i + 1];
    assert.ok(end(place) <= (next ? next.offset : bytes), `tensor at ${place.offset}`);
  });
});

test('the kernels’ own constants lie below everything a plan places', async () => {
  const { normalization, parameters, statistics } = planTraining(network);
  const lowest = Math.min(
    ...parameters.map(({ place }) => place.offset),
    ...[normalization.mean.offset, statistics.staging, ...statistics.published],
  );
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  await instantiateKernels(memory);
  const written = new Uint8Array(memory.buffer).findLastIndex((byte) => byte !== 0);
  assert.ok(written > 0 && written < lowest, `constants up to ${written}, tensors from ${lowest}`);
});

test('calls that read what other panels wrote stand behind a barrier', () => {
  const { forward, backward } = planTraining(network).training;
  const meets = (kernel: string) =>
    [...forward, ...backward].filter((call) => call.kernel === kernel).map((call) => call.barrier);
  assert.deepEqual(meets('denseForward'), [true, true]);
  assert.deepEqual(meets('softmaxCrossEntropy'), [true]);
  assert.deepEqual(meets('denseInputGradient'), [true]);
  // A dense layer's parts of rows are not the panels of batch normalization.
  assert.deepEqual(meets('batchnormForward'), [true]);
  assert.deepEqual(meets('sigmoidForward'), [false]);
  assert.equal(backward[0].barrier, true);
  assert.equal(meets('sgd')[0], true);
  assert.equal(meets('parameterNorms')[0], true);
});

test('a batch of one is refused where there is batch normalization', () => {
  assert.throws(
    () => planTraining(networkOf(3, [dense(4), batchnorm()], { batchSize: 1 })),
    /batchnorm1: expected a batch of at least 2 examples, found 1/,
  );
});

test('a network that does not fit into memory says so with the figure', () => {
  const plan = planTraining(networkOf(40_000, [dense(20_000), dense(2)]));
  assert.throws(() => createMemory(plan), /needs 61\d\d\.\d MiB of memory, more than the 4096 MiB/);
});

test('memory is shared and of the plan’s size', () => {
  const plan = planTraining(network);
  const { buffer } = createMemory(plan);
  assert.equal(buffer.constructor, SharedArrayBuffer);
  assert.ok(buffer.byteLength >= plan.bytes && buffer.byteLength < plan.bytes + 65_536);
});
