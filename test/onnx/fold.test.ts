/** Batch normalizations folded into weights: against float64 arithmetic, the engine and the real runtimes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { createInference } from '../../sidecar/engine/inference.ts';
import { initialWeights } from '../../sidecar/engine/initialize.ts';
import type { Tensor } from '../../sidecar/network/types.ts';
import { buildModel, type ModelSource } from '../../sidecar/onnx/build.ts';
import { ExportError } from '../../sidecar/onnx/errors.ts';
import { foldBatchNorm } from '../../sidecar/onnx/fold.ts';
import { readModel } from '../../sidecar/onnx/read.ts';
import { RuntimeProcess } from '../../sidecar/onnx/runtime-process.ts';
import { validateModel } from '../../sidecar/onnx/validate.ts';
import {
  batchnorm,
  conv,
  dense,
  examplesFor,
  networkOf,
  type Written,
} from '../engine/networks.ts';
import { layerSources, randomWeights } from './layer-sources.ts';
import { classesOf, evaluate, sampleInputs, sampleSource, samples } from './samples.ts';

const count = 23;
const childEntry = `${import.meta.dirname}/../../sidecar/onnx/runtime-child.ts`;

const fold = (source: ModelSource) => foldBatchNorm(source, 1);

/** Every sample that the engine has something to compute of, with examples as its graph takes them. */
function all(): readonly (readonly [string, ModelSource, Float32Array])[] {
  return [
    ...[...layerSources()].map(
      ([title, source]) =>
        [title, source, examplesFor(source.network, count).inputs as Float32Array] as const,
    ),
    ...samples
      .filter(({ operations }) => operations.some(({ kind }) => kind !== 'dropout'))
      .map((sample) => {
        const source = sampleSource(sample);
        return [sample.title, source, sampleInputs(source, count)] as const;
      }),
  ];
}

/** What onnxruntime computes of a model as it stands, without optimizations that fold by themselves. */
async function runtimeOutputs(
  model: Uint8Array,
  { network: { input, layers } }: ModelSource,
  inputs: Float32Array,
): Promise<Float32Array> {
  const options = { entry: childEntry, runtime: 'onnxruntime-node', timeout: 120_000 };
  const { child } = await RuntimeProcess.start(options);
  try {
    await child.request({ type: 'load', model, optimization: 'disabled' }, 'loaded');
    const outputs = layers.at(-1)!.output[0];
    const request = { type: 'run', inputs, shape: input, batchSize: count, outputs } as const;
    return (await child.request(request, 'ran')).logits;
  } finally {
    await child.close();
  }
}

/** A network of these layers with random weights, which nothing needs to compute. */
function sourceOf(input: number | readonly number[], layers: readonly Written[]): ModelSource {
  const [source] = layerSources().values();
  const network = networkOf(input, layers, { loss: 'softmax-cross-entropy' });
  return { ...source, network, weights: randomWeights(initialWeights(network)) };
}

const operators = (source: ModelSource) =>
  fromBinary(ModelProtoSchema, buildModel(source)).graph!.node.map(({ opType }) => opType);

describe('a folded model agrees within 1e-4, in every class, with the unfolded one', () => {
  for (const [title, source, inputs] of all()) {
    test(title, async () => {
      const { network, weights, normalization } = source;
      const model = buildModel(fold(source));
      const task = { model, inputs, count, loss: network.loss, batchSizes: [8, 1, 5] };
      const infer = await createInference(network, weights, normalization);
      const references = {
        'the engine': infer({ count, inputs }),
        'the unfolded model under onnxruntime': await runtimeOutputs(
          buildModel(source),
          source,
          inputs,
        ),
      };
      for (const [reference, expected] of Object.entries(references)) {
        const targets = network.loss === 'mse' ? expected : classesOf(expected, count);
        const { validation } = await validateModel(
          { ...task, expected, targets },
          { runtimes: ['onnxruntime-node'] },
        );
        const { outcome, reason, classAgreement, maxAbsoluteError } = validation;
        assert.equal(outcome, 'validated', `${reference}: ${reason}`);
        assert.equal(classAgreement, network.loss === 'mse' ? null : 1, reference);
        assert.ok(maxAbsoluteError <= 1e-4, `${reference}: ${maxAbsoluteError}`);
      }
    });
  }
});

test('what came out of folding is what the file gives back, and the engine computes the same with it', async () => {
  for (const [title, source, inputs] of all()) {
    const folded = fold(source);
    const read = readModel(buildModel(folded), title).source!;
    assert.deepEqual(read.network, folded.network, title);
    assert.deepEqual(new Map([...read.weights].sort()), new Map([...folded.weights].sort()), title);
    assert.deepEqual(read.folding, folded.folding, title);
    const engineOf = async ({ network, weights, normalization }: ModelSource) =>
      (await createInference(network, weights, normalization))({ count, inputs });
    const expected = await engineOf(source);
    for (const [index, value] of (await engineOf(read)).entries()) {
      assert.ok(Math.abs(value - expected[index]) <= 1e-4, `${title}, output ${index}`);
    }
  }
});

test('every batchnorm of the samples is either gone from the graph, or kept and named', () => {
  for (const [title, source] of all()) {
    const before = source.network.layers.filter(({ kind }) => kind === 'batchnorm');
    const { folding, network, weights } = fold(source);
    const nodes = operators(fold(source)).filter((each) => each === 'BatchNormalization');
    assert.equal(nodes.length, folding.kept.length, title);
    assert.deepEqual(
      [...folding.folded, ...folding.kept].map((each) => each.batchnorm).sort(),
      before.map(({ name }) => name).sort(),
      title,
    );
    for (const { batchnorm: name, into } of folding.folded) {
      assert.ok(!weights.has(`${name}.running_var`), title);
      assert.ok(
        network.layers.some((layer) => layer.name === into && 'bias' in layer),
        title,
      );
    }
  }
});

test('a dense layer becomes a Gemm with a bias and a convolution a Conv with one', () => {
  const image = layerSources().get('conv2d with batchnorm')!;
  assert.deepEqual(operators(fold(image)), ['Conv', 'Flatten', 'Gemm']);
  const vector = sourceOf(4, [dense(3, false), batchnorm(), { kind: 'tanh' }]);
  assert.deepEqual(operators(vector), ['MatMul', 'BatchNormalization', 'Tanh']);
  assert.deepEqual(operators(fold(vector)), ['Gemm', 'Tanh']);
});

test('nothing else changes, and neither does what was folded', () => {
  const source = sourceOf(4, [dense(3), { kind: 'relu' }, dense(2, false), batchnorm()]);
  const before = structuredClone(source);
  const { network, weights, ...rest } = fold(source);
  assert.deepEqual(source, before);
  assert.deepEqual(network.layers.slice(0, 2), source.network.layers.slice(0, 2));
  assert.equal(weights.get('dense1.weight'), source.weights.get('dense1.weight'));
  assert.deepEqual(rest, {
    ...(({ network: _network, weights: _weights, ...others }) => others)(source),
    folding: { folded: [{ batchnorm: 'batchnorm1', into: 'dense2' }], kept: [] },
  });
});

describe('folded weights are those of float64, rounded once', () => {
  /** Half of the last place of a float32, and what float64 itself may be off. */
  const once = 2 ** -24 * (1 + 1e-6);
  const close = (actual: Tensor, expected: readonly number[]) => {
    assert.equal(actual.values.length, expected.length);
    for (const [index, value] of expected.entries()) {
      const error = Math.abs(actual.values[index] - value);
      assert.ok(error <= once * Math.abs(value), `${index}: ${actual.values[index]}, not ${value}`);
    }
  };
  /** What a batchnorm makes of `x` in a channel. */
  const normalize = ({ weights }: ModelSource, name: string, x: number, channel: number) => {
    const of = (role: string) => weights.get(`${name}.${role}`)!.values[channel];
    const deviation = Math.sqrt(of('running_var') + Math.fround(1e-5));
    return (of('weight') * (x - of('running_mean'))) / deviation + of('bias');
  };
  const values = ({ weights }: ModelSource, name: string) => [...weights.get(name)!.values];

  const cases: Readonly<Record<string, readonly [string, ModelSource, readonly string[]]>> = {
    'a dense layer without a bias': [
      'dense1',
      sourceOf(7, [dense(5, false), batchnorm()]),
      ['batchnorm1'],
    ],
    'a dense layer with a bias': ['dense1', sourceOf(7, [dense(5), batchnorm()]), ['batchnorm1']],
    'a convolution in groups': [
      'conv2d1',
      sourceOf([4, 5, 5], [conv(6, [3, 2], { groups: 2 }), batchnorm()]),
      ['batchnorm1'],
    ],
    'a dense layer with three batchnorms and a dropout behind it': [
      'dense1',
      sourceOf(7, [
        dense(5),
        batchnorm(),
        { kind: 'dropout', rate: 0.5 },
        batchnorm(),
        batchnorm(),
      ]),
      ['batchnorm1', 'batchnorm2', 'batchnorm3'],
    ],
  };
  for (const [title, [layer, source, names]] of Object.entries(cases)) {
    test(title, () => {
      const folded = fold(source);
      assert.deepEqual(
        folded.folding.folded,
        names.map((name) => ({ batchnorm: name, into: layer })),
      );
      assert.deepEqual(
        folded.network.layers.map(({ name }) => name),
        [layer],
      );
      const weight = values(source, `${layer}.weight`);
      const channels = source.weights.get(`${layer}.weight`)!.shape[0];
      const bias = source.weights.get(`${layer}.bias`)?.values ?? new Float32Array(channels);
      const through = (x: number, channel: number) =>
        names.reduce((value, name) => normalize(source, name, value, channel), x);
      const size = weight.length / channels;
      // What weights are multiplied by is the slope of the normalizations: their difference at 1 and at 0.
      const slopes = Array.from({ length: channels }, (_, c) => through(1, c) - through(0, c));
      close(
        folded.weights.get(`${layer}.weight`)!,
        weight.map((value, index) => value * slopes[Math.floor(index / size)]),
      );
      close(
        folded.weights.get(`${layer}.bias`)!,
        [...bias].map((value, channel) => through(value, channel)),
      );
    });
  }

  test('so that outputs computed in float64 stay within 1e-5', () => {
    for (const sample of samples) {
      const source = sampleSource(sample);
      const inputs = sampleInputs(source, count);
      const expected = evaluate(source, inputs);
      for (const [index, value] of evaluate(fold(source), inputs).entries()) {
        const bound = 1e-5 * Math.max(1, Math.abs(expected[index]));
        assert.ok(Math.abs(value - expected[index]) <= bound, `${sample.title}, ${index}`);
      }
    }
  });
});

describe('a batchnorm is kept, and says why,', () => {
  const kept = (source: ModelSource, ...reasons: string[]) => {
    const { folding, network, weights } = fold(source);
    assert.deepEqual(
      folding.kept.map(({ reason }) => reason),
      reasons,
    );
    for (const { batchnorm: name } of folding.kept) {
      assert.ok(network.layers.some((layer) => layer.name === name));
      assert.equal(weights.get(`${name}.bias`), source.weights.get(`${name}.bias`));
    }
    return folding.folded;
  };
  const only = 'and only a dense or convolution layer could take it in.';

  test('behind the input', () => {
    kept(
      sourceOf(4, [batchnorm(), dense(2)]),
      "batchnorm1 is kept: it takes the network's input, and only a dense or convolution layer right before it could take it in.",
    );
  });

  test('behind an activation, a pooling, another normalization', () => {
    const operations: readonly Written[] = [
      { kind: 'relu' },
      { kind: 'global-avgpool' },
      { kind: 'softmax', name: 'shares' },
      { kind: 'layernorm', epsilon: 1e-5 },
    ];
    const names = ['relu1', 'global-avgpool1', 'shares (softmax)', 'layernorm1'];
    for (const [index, operation] of operations.entries()) {
      kept(
        sourceOf([3, 4, 4], [conv(2, [3, 3]), operation, batchnorm()]),
        `batchnorm1 is kept: ${names[index]} stands before it, ${only}`,
      );
    }
  });

  test('behind a flatten of images, whose channels are others', () => {
    kept(
      sourceOf([3, 4, 4], [conv(2, [3, 3]), { kind: 'flatten' }, batchnorm()]),
      `batchnorm1 is kept: flatten1 stands before it, ${only}`,
    );
  });

  test('behind a concat and behind the add of a residual', () => {
    for (const kind of ['concat', 'add'] as const) {
      const layers: readonly Written[] = [
        dense(4, false),
        batchnorm(),
        { kind, inputs: ['input', 'batchnorm1'] },
        batchnorm(),
      ];
      const folded = kept(
        sourceOf(4, layers),
        `batchnorm2 is kept: ${kind}1 stands before it, ${only}`,
      );
      assert.deepEqual(folded, [{ batchnorm: 'batchnorm1', into: 'dense1' }]);
    }
  });

  test('where others read what stands before it, also behind a dropout', () => {
    kept(
      layerSources().get('a dense layer that more than a batchnorm reads')!,
      'batchnorm1 is kept: the output of dense1 before it also goes to add1, where it must stay as it is.',
    );
    const layers: readonly Written[] = [
      dense(4, false),
      { kind: 'dropout', rate: 0.5 },
      batchnorm(),
      { kind: 'add', inputs: ['dropout1', 'batchnorm1'] },
    ];
    kept(
      sourceOf(4, layers),
      'batchnorm1 is kept: the output of dropout1 before it also goes to add1, where it must stay as it is.',
    );
  });

  test('where the weights would be beyond float32', () => {
    const source = sourceOf(4, [dense(3, false), batchnorm(0.1, 0), dense(2)]);
    const weights = new Map(source.weights);
    weights.set('batchnorm1.running_var', { shape: [3], values: new Float32Array(3) });
    kept(
      { ...source, weights },
      'batchnorm1 is kept: folded into dense1, values of dense1.weight would be too large for float32.',
    );
  });
});

test('values that must not be exported are refused before they disappear', () => {
  const source = sourceOf(4, [dense(3, false), batchnorm(), dense(2)]);
  const weights = new Map(source.weights);
  weights.set('batchnorm1.running_var', { shape: [3], values: Float32Array.of(1, -1, 1) });
  assert.throws(
    () => fold({ ...source, weights }),
    new ExportError('batchnorm1.running_var, unit 1', 'a variance of at least 0', '-1'),
  );
});

test('a folded model says so, in the same bytes each time, and one as it was trained says nothing', () => {
  const source = layerSources().get('concat')!;
  const model = buildModel(fold(source));
  assert.deepEqual(buildModel(fold(source)), model);
  assert.deepEqual(JSON.parse(readModel(model, 'model').metadata['batchnorm.folding']), {
    folded: [{ batchnorm: 'batchnorm1', into: 'conv2d2' }],
    kept: [],
  });
  assert.equal(readModel(buildModel(source), 'model').metadata['batchnorm.folding'], undefined);
});
