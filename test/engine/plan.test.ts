import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Place, panelBytes, panels } from '../../sidecar/engine/blocked.ts';
import { instantiateKernels } from '../../sidecar/engine/kernels.ts';
import { createMemory, planInference, planTraining } from '../../sidecar/engine/plan.ts';
import { networks } from './cases.ts';
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

test('memory that cannot be addressed is refused with the figure', () => {
  const plan = planTraining(networkOf(40_000, [dense(20_000), dense(2)]));
  assert.throws(() => createMemory(plan), /expected at most 65536 pages of 64 KiB, found 9\d{4}/);
});

test('memory is shared and of the plan’s size', () => {
  const plan = planTraining(network);
  const { buffer } = createMemory(plan);
  assert.equal(buffer.constructor, SharedArrayBuffer);
  assert.ok(buffer.byteLength >= plan.bytes && buffer.byteLength < plan.bytes + 65_536);
});

test('what a plan says its bytes hold is all of them', () => {
  const { bytes, shares } = planTraining(network);
  const sum = Object.values(shares).reduce((total, share) => total + share);
  // The kernels' own constants come before.
  assert.equal(sum + 4096, bytes);
  assert.ok(Object.values(shares).every((share) => share > 0));
});

test('activations whose life is over give their memory to others', () => {
  const deep = networkOf(
    64,
    Array.from({ length: 12 }, () => [dense(64), { kind: 'relu' } as const]).flat(),
    { batchSize: 64 },
  );
  const { activations: shared } = planTraining(deep).shares;
  const { activations: apart } = planTraining(deep, { keep: true }).shares;
  assert.ok(shared < 0.7 * apart, `${shared} of ${apart} bytes`);
  // Inference needs no more than two activations and the raw batch at a time.
  const { shares, inference } = planInference(deep, 64);
  const activation = panels(inference.output) * panelBytes(inference.output);
  assert.ok(shares.activations < 4 * activation, `${shares.activations} bytes`);
});

test('what lies between two calls that have become one takes no memory', () => {
  const layers = [dense(64, false), batchnorm(), { kind: 'relu' } as const, dense(2)];
  const relu = networkOf(8, layers, { batchSize: 64 });
  const names = (options = {}) =>
    planTraining(relu, options).training.tensors.flatMap(({ layer, tensor }) =>
      tensor.startsWith('output') ? [`${layer} ${tensor}`] : [],
    );
  const absent = names({ keep: true }).filter((name) => !names().includes(name));
  assert.deepEqual(absent, ['batchnorm1 output', 'batchnorm1 output.gradient']);
});

test('parameters and their gradients lie apart from activations', () => {
  for (const [name, { input, layers }] of Object.entries(networks)) {
    const { training, parameters } = planTraining(networkOf(input, [...layers, dense(3)]));
    const last = training.tensors.filter(({ lasts }) => lasts !== 'shortly');
    const places = last.map(({ place }) => place);
    const fixed = parameters.flatMap(({ place, gradient }) =>
      gradient ? [place, gradient] : place,
    );
    for (const place of fixed) {
      for (const other of places) {
        if (other.offset === place.offset) continue;
        assert.ok(end(other) <= place.offset || end(place) <= other.offset, name);
      }
    }
  }
});

test('a network that does not fit together is refused with its layer', () => {
  const branch = { ...dense(3), inputs: ['input'] };
  assert.throws(() => planTraining(networkOf(4, [dense(3), branch])), {
    message: 'dense1: expected a layer that takes its output',
  });
  assert.throws(() => planTraining(networkOf([2, 3, 3], [{ kind: 'relu' }])), {
    message:
      'relu1: expected an output [units] for the loss, found [2, 3, 3]; end with a dense layer',
  });
  const dangling = networkOf(4, [dense(3)]);
  const layers = [{ ...dangling.layers[0], inputs: ['nowhere'] }];
  assert.throws(() => planTraining({ ...dangling, layers }), {
    message: 'dense1: no layer nowhere before it',
  });
});

test('nothing is computed for a stem that does not learn', () => {
  const { input, layers } = networks['a frozen stem'];
  const { training, parameters } = planTraining(networkOf(input, [...layers, dense(3)]));
  const frozen = parameters.filter(({ layer }) => layer === 'dense1');
  assert.ok(frozen.every(({ gradient }) => gradient === null));
  const gradients = training.backward.filter(({ kernel }) => kernel === 'denseInputGradient');
  assert.equal(gradients.length, 1);
});

function end(place: Place): number {
  return place.offset + panels(place) * panelBytes(place);
}
