import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import type { Tensor } from '../../sidecar/network/types.ts';
import { buildModel, type ModelSource } from '../../sidecar/onnx/build.ts';
import { ExportError } from '../../sidecar/onnx/errors.ts';
import { foldBatchNorm } from '../../sidecar/onnx/fold.ts';
import { temporaryFolder } from '../temporary.ts';
import { layerSources } from './layer-sources.ts';
import {
  batchnorm,
  dense,
  dropout,
  type Sample,
  sampleSource,
  samples,
  sigmoid,
} from './samples.ts';

const paper: Sample = {
  title: 'paper',
  input: [4],
  operations: [dense(3, false), batchnorm, sigmoid, dropout, dense(2)],
  normalization: 'feature',
};

const decode = (source: ModelSource) => fromBinary(ModelProtoSchema, buildModel(source));

/** The nodes as `operator(inputs) -> output`. */
function nodesOf(source: ModelSource): string[] {
  return decode(source).graph!.node.map(
    ({ opType, input, output }) => `${opType}(${input.join(', ')}) -> ${output.join(', ')}`,
  );
}

/** The source with one tensor's values replaced. */
function withTensor(source: ModelSource, name: string, tensor: Partial<Tensor>): ModelSource {
  const weights = new Map(source.weights);
  weights.set(name, { ...source.weights.get(name)!, ...tensor });
  return { ...source, weights };
}

describe('buildModel', () => {
  test('writes dense before batchnorm as MatMul, other dense as Gemm, and leaves dropout out', () => {
    assert.deepEqual(nodesOf(sampleSource(paper)), [
      'Sub(input, normalization.mean) -> normalization.subtract.output',
      'Div(normalization.subtract.output, normalization.deviation) -> normalization.divide.output',
      'MatMul(normalization.divide.output, dense1.weight_transposed) -> dense1.output',
      'BatchNormalization(dense1.output, batchnorm1.weight, batchnorm1.bias, batchnorm1.running_mean, batchnorm1.running_var) -> batchnorm1.output',
      'Sigmoid(batchnorm1.output) -> sigmoid1.output',
      'Gemm(sigmoid1.output, dense2.weight, dense2.bias) -> logits',
    ]);
  });

  test('looks through dropout for the batchnorm behind a dense layer, and keeps a bias', () => {
    const operations = [dense(3, false), dropout, batchnorm, dense(2, true), batchnorm];
    assert.deepEqual(nodesOf(sampleSource({ ...paper, operations, normalization: 'identity' })), [
      'MatMul(input, dense1.weight_transposed) -> dense1.output',
      'BatchNormalization(dense1.output, batchnorm1.weight, batchnorm1.bias, batchnorm1.running_mean, batchnorm1.running_var) -> batchnorm1.output',
      'Gemm(batchnorm1.output, dense2.weight, dense2.bias) -> dense2.output',
      'BatchNormalization(dense2.output, batchnorm2.weight, batchnorm2.bias, batchnorm2.running_mean, batchnorm2.running_var) -> logits',
    ]);
  });

  test('leaves out a mean of 0 and flattens images for dense', () => {
    const source = sampleSource({
      ...paper,
      input: [1, 2, 2],
      operations: [dense(2)],
      loss: 'mse',
      normalization: 'scale',
    });
    assert.deepEqual(nodesOf(source), [
      'Div(input, normalization.deviation) -> normalization.divide.output',
      'Flatten(normalization.divide.output) -> dense1.flatten.output',
      'Gemm(dense1.flatten.output, dense1.weight, dense1.bias) -> prediction',
    ]);
  });

  test('writes every attribute, with momentum as the weight of the old value', () => {
    const { node } = decode(sampleSource(paper)).graph!;
    const attributes = node.map(({ attribute }) =>
      Object.fromEntries(attribute.map(({ name, f, i, type }) => [name, type === 1 ? f : i])),
    );
    assert.deepEqual(attributes[3], {
      epsilon: Math.fround(1e-5),
      momentum: Math.fround(0.9),
      training_mode: 0n,
    });
    assert.deepEqual(attributes[5], { transB: 1n });
    assert.ok(node[3].attribute.every(({ $unknown }) => $unknown === undefined));
  });

  test('names versions, producer, input and output, and leaves the batch open', () => {
    const model = decode(sampleSource({ ...paper, input: [1, 2, 2] }));
    assert.equal(model.irVersion, 8n);
    assert.deepEqual(
      model.opsetImport.map(({ domain, version }) => [domain, version]),
      [['', 15n]],
    );
    assert.equal(model.producerName, 'batchnorm-lab');
    assert.equal(model.producerVersion, '1.2.3');
    assert.equal(model.modelVersion, 1n);
    assert.equal(model.graph!.name, 'sample');
    const shapes = [...model.graph!.input, ...model.graph!.output].map(({ name, type }) => {
      assert.ok(type?.value.case === 'tensorType');
      return [name, type.value.value.shape!.dim.map(({ value }) => value.value)];
    });
    assert.deepEqual(shapes, [
      ['input', ['batch', 1n, 2n, 2n]],
      ['logits', ['batch', 2n]],
    ]);
  });

  test('tells features and classes to whoever reads the graph', () => {
    const { input, output } = decode(sampleSource(paper)).graph!;
    assert.match(input[0].docString, /feature 0, feature 1, feature 2, feature 3/);
    assert.match(output[0].docString, /Logits, before softmax.*class 0, class 1/);
  });

  test('exports a batchnorm whatever its state and statistics', () => {
    const frozen = { ...batchnorm, state: 'freeze', statistics: 'exact' } as typeof batchnorm;
    const operations = [dense(3, false), frozen, sigmoid, dropout, dense(2)];
    assert.deepEqual(nodesOf(sampleSource({ ...paper, operations })), nodesOf(sampleSource(paper)));
  });

  test('writes metadata in a fixed order', () => {
    const { metadataProps } = decode(sampleSource(paper));
    assert.deepEqual(
      metadataProps.map(({ key }) => key),
      [
        'batchnorm.variant',
        'batchnorm.steps',
        'batchnorm.seed',
        'batchnorm.source',
        'batchnorm.format',
        'batchnorm.form',
        'batchnorm.network',
        'batchnorm.dataSummary',
        'batchnorm.classLabels',
        'batchnorm.featureNames',
        'batchnorm.inputNormalization',
        'batchnorm.momentumConvention',
        'batchnorm.varianceConvention',
      ],
    );
    assert.equal(metadataProps[8].value, '["class 0","class 1"]');
  });

  test('gives the same bytes for the same source, whatever the order of its keys', () => {
    const source = sampleSource(paper);
    const reversed = <T extends object>(value: T): T =>
      Object.fromEntries(Object.entries(value).reverse()) as T;
    const network = reversed({
      ...source.network,
      train: reversed(source.network.train),
      layers: source.network.layers.map(reversed),
    });
    const weights = new Map([...source.weights].reverse());
    assert.deepEqual(buildModel({ ...source, network, weights }), buildModel(source));
    assert.notDeepEqual(buildModel(sampleSource(paper, 2)), buildModel(source));
  });
});

describe('buildModel refuses', () => {
  const source = sampleSource(paper);
  const refuses = (broken: ModelSource, message: string) =>
    assert.throws(() => buildModel(broken), new ExportError(...split(message)));
  /** `place: expected a, found b` as the error's three parts. */
  const split = (message: string): [string, string, string] => {
    const [, place, expected, found] = /^(.*?): expected (.*?), found (.*)$/.exec(message)!;
    return [place, expected, found];
  };

  test('values that are not finite', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      refuses(
        withTensor(source, 'batchnorm1.running_mean', { values: Float32Array.of(0, value, 0) }),
        `batchnorm1.running_mean, value 1: expected a finite number, found ${value}`,
      );
    }
    refuses(
      withTensor(source, 'dense2.bias', { values: Float32Array.of(Number.NaN, 0) }),
      'dense2.bias, value 0: expected a finite number, found NaN',
    );
  });

  test('a negative variance', () => {
    refuses(
      withTensor(source, 'batchnorm1.running_var', { values: Float32Array.of(1, 2, -0.5) }),
      'batchnorm1.running_var, unit 2: expected a variance of at least 0, found -0.5',
    );
  });

  test('statistics that have never seen a batch, but not those of a network that was trained', () => {
    const values = { mean: new Float32Array(3), variance: new Float32Array(3).fill(1) };
    const initial = withTensor(
      withTensor(source, 'batchnorm1.running_mean', { values: values.mean }),
      'batchnorm1.running_var',
      { values: values.variance },
    );
    const message =
      'batchnorm1: expected running statistics measured while training, found initial ones, mean 0 and variance 1, after 0 steps: train before exporting';
    refuses({ ...initial, metadata: { steps: '0' } }, message);
    refuses({ ...initial, metadata: {} }, message);
    assert.ok(buildModel({ ...initial, metadata: { steps: '1' } }));
    assert.ok(buildModel({ ...source, metadata: { steps: '0' } }));
  });

  test('tensors that are missing, misshapen or nobody’s', () => {
    const missing = new Map(source.weights);
    missing.delete('dense1.weight');
    refuses(
      { ...source, weights: missing },
      'dense1.weight: expected values of shape [3,4], found nothing',
    );
    refuses(
      withTensor(source, 'dense1.weight', { shape: [4, 3] }),
      'dense1.weight: expected values of shape [3,4], found [4,3]',
    );
    refuses(
      withTensor(source, 'dense1.weight', { values: new Float32Array(11) }),
      'dense1.weight: expected 12 values, found 11',
    );
    const extra = new Map([...source.weights, ['dense9.bias', source.weights.get('dense2.bias')!]]);
    refuses(
      { ...source, weights: extra },
      'dense9.bias: expected a layer of this network, found none that owns it',
    );
  });

  test('a normalization that divides by 0 or has the wrong length', () => {
    const { normalization } = source;
    const deviation = Float32Array.of(1, 1, 0, 1);
    refuses(
      { ...source, normalization: { ...normalization, deviation } },
      'input normalization, deviation of feature 2: expected a number above 0, found 0',
    );
    refuses(
      { ...source, normalization: { ...normalization, mean: new Float32Array(3) } },
      'input normalization, mean: expected 1 or 4 values, found 3',
    );
  });

  test('names that would make two tensors or two entries one', () => {
    const layers = source.network.layers.map((layer) =>
      layer.kind === 'dropout'
        ? layer
        : { ...layer, name: layer.name.replace('sigmoid1', 'dense1') },
    );
    refuses(
      { ...source, network: { ...source.network, layers } },
      'dense1.output: expected one tensor of this name, found two: rename a layer',
    );
    refuses(
      { ...source, metadata: { steps: '1', format: '2' } },
      'batchnorm.format: expected a name the exporter does not use, found one it writes',
    );
  });
});

const python = '/usr/bin/python3';
const checker = spawnSync(python, ['-c', 'import onnx']).status === 0;

test('the ONNX project’s own checker finds nothing wrong with any model, folded or not', {
  skip: checker ? false : 'needs the Debian package python3-onnx',
}, () => {
  const folder = temporaryFolder('batchnorm');
  const sources = [...samples.map((sample) => sampleSource(sample)), ...layerSources().values()];
  const folded = sources.map((source) => foldBatchNorm(source, 1));
  const paths = [...sources, ...folded].map((source, index) => {
    const path = join(folder, `${index}.onnx`);
    writeFileSync(path, buildModel(source));
    return path;
  });
  const script =
    'import onnx, sys\nfor path in sys.argv[1:]: onnx.checker.check_model(onnx.load(path), full_check=True)';
  const { status, stderr } = spawnSync(python, ['-c', script, ...paths], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
