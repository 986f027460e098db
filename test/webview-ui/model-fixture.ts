/** A made-up model: three batch normalizations, one with channels of every kind of trouble, one that cannot be folded. */
import type {
  ChannelProblem,
  InspectedBatchNorm,
  InspectedNode,
  InspectedTensor,
  Inspection,
} from '../../sidecar/protocol/inspect.ts';
import type { Certificate, Validation } from '../../sidecar/protocol/onnx.ts';

/** Values as they travel. */
export function packed(values: readonly number[]): string {
  return Buffer.from(new Float32Array(values).buffer).toString('base64');
}

const channels = 32;

/** Smooth, and the same every time. */
const wave = (phase: number, middle: number, height: number) =>
  Array.from({ length: channels }, (_, at) => middle + height * Math.sin(at * 0.7 + phase));

/** With what is wrong in channels 3, 9, 12, 20 and 27. */
const gamma = wave(0, 1, 0.3).map((value, at) => (at === 3 || at === 27 ? 1e-9 : value));
const variance = wave(3, 0.8, 0.4).map((value, at) => {
  const wrong: Record<number, number> = { 9: 0, 12: -0.5, 20: Number.NaN };
  return wrong[at] ?? value;
});

const problems: readonly ChannelProblem[] = [
  {
    kind: 'dead',
    severity: 'warning',
    channels: [3, 27],
    text: 'gamma of 2 channels is near 0, so that they are constant whatever flows in: remove them, or train on without weight decay of gamma.',
  },
  {
    kind: 'zero-variance',
    severity: 'warning',
    channels: [9],
    text: 'The running variance of 1 channel is 0, so that it is scaled by 1/sqrt(epsilon): its input never changed in training.',
  },
  {
    kind: 'negative-variance',
    severity: 'error',
    channels: [12],
    text: 'The running variance of 1 channel is negative, whose root is not a number: the file is damaged or was converted wrongly.',
  },
  {
    kind: 'non-finite',
    severity: 'error',
    channels: [20],
    text: 'The running variance of 1 channel is not a number, and so is all that it gives: train again with a smaller learning rate.',
  },
];

function batchNorm(
  node: number,
  name: string,
  more: Partial<InspectedBatchNorm> = {},
): InspectedBatchNorm {
  return {
    node,
    name,
    epsilon: Math.fround(1e-5),
    momentum: 0.9,
    trainingMode: false,
    channels,
    values: {
      gamma: packed(wave(node, 1, 0.3)),
      beta: packed(wave(node + 1, 0, 0.2)),
      mean: packed(wave(node + 2, 0.4, 0.5)),
      variance: packed(wave(node + 3, 0.8, 0.4)),
    },
    missing: null,
    problems: [],
    folding: { into: `conv${name.at(-1)}`, reason: null },
    runtime: { folds: true, reason: null },
    ...more,
  };
}

function node(opType: string, name: string, inputs: string[], shape: number[]): InspectedNode {
  return {
    name,
    opType,
    domain: '',
    inputs,
    outputs: [{ name: `${name}_out`, type: 'float32', shape: ['N', ...shape] }],
    attributes: opType === 'Conv' ? [{ name: 'kernel_shape', text: '[3, 3]' }] : [],
  };
}

const statistics = (name: string) =>
  ['weight', 'bias', 'running_mean', 'running_var'].map((part) => `${name}.${part}`);

const nodes: readonly InspectedNode[] = [
  node('Conv', 'conv1', ['input', 'conv1.weight'], [channels, 28, 28]),
  node(
    'BatchNormalization',
    'batchnorm1',
    ['conv1_out', ...statistics('batchnorm1')],
    [channels, 28, 28],
  ),
  node('Relu', 'relu1', ['batchnorm1_out'], [channels, 28, 28]),
  node(
    'BatchNormalization',
    'batchnorm2',
    ['relu1_out', ...statistics('batchnorm2')],
    [channels, 28, 28],
  ),
  node('Conv', 'conv2', ['batchnorm2_out', 'conv2.weight'], [channels, 28, 28]),
  node(
    'BatchNormalization',
    'batchnorm3',
    ['conv2_out', ...statistics('batchnorm3')],
    [channels, 28, 28],
  ),
  node('GlobalAveragePool', 'pool1', ['batchnorm3_out'], [channels, 1, 1]),
  node('Gemm', 'dense1', ['pool1_out', 'dense1.weight', 'dense1.bias'], [10]),
];

function tensor(
  name: string,
  shape: number[],
  more: Partial<InspectedTensor> = {},
): InspectedTensor {
  const bytes = 4 * shape.reduce((product, size) => product * size, 1);
  return { name, type: 'float32', shape, bytes, external: null, problem: null, ...more };
}

const tensors: readonly InspectedTensor[] = [
  tensor('conv1.weight', [channels, 1, 3, 3]),
  tensor('conv2.weight', [channels, channels, 3, 3], { external: 'weights.bin' }),
  tensor('dense1.weight', [channels, 10]),
  tensor('dense1.bias', [10]),
  ...['batchnorm1', 'batchnorm2', 'batchnorm3']
    .flatMap(statistics)
    .map((name) => tensor(name, [channels])),
];

const validation: Validation = {
  outcome: 'validated',
  runtime: 'onnxruntime-node 1.30.0',
  examples: 10_000,
  maxAbsoluteError: 3.1e-6,
  maxRelativeError: 2e-7,
  classAgreement: 1,
  nearTies: 0,
  engineAccuracy: 0.9712,
  runtimeAccuracy: 0.9712,
  tolerance: 1e-4,
  batchSizes: [1, 60, 37],
};

export const certificate: Certificate = {
  validation,
  passes: [1, 60, 37].flatMap((batchSize) =>
    (['disabled', 'all'] as const).map((optimization) => ({
      batchSize,
      optimization,
      examples: batchSize === 1 ? 500 : 10_000,
      maxAbsoluteError: 3.1e-6,
      maxRelativeError: 2e-7,
      classAgreement: 1,
      runtimeAccuracy: 0.9712,
    })),
  ),
  trainedAccuracy: 0.9712,
  folding: null,
  batchNorms: [
    { name: 'batchnorm1', fate: 'folded-by-runtime' },
    { name: 'batchnorm2', fate: 'computed' },
    { name: 'batchnorm3', fate: 'folded-by-runtime' },
  ],
  speed: { latency: 0.041, throughput: 81_234, batchSize: 60 },
  bytes: 48_000,
  modelSha256: '7b'.repeat(32),
  sourceSha256: 'a3'.repeat(32),
  dataSha256: '5c'.repeat(32),
};

export const inspection: Inspection = {
  bytes: 48_912,
  irVersion: 8,
  opsets: [{ domain: '', version: 15 }],
  producer: { name: 'batchnorm-lab', version: '0.1.0' },
  domain: 'batchnorm',
  modelVersion: '1',
  documentation: '',
  graph: 'mnist',
  inputs: [{ name: 'input', type: 'float32', shape: ['N', 1, 28, 28] }],
  outputs: [{ name: 'dense1_out', type: 'float32', shape: ['N', 10] }],
  nodes,
  tensors,
  batchNorms: [
    batchNorm(1, 'batchnorm1'),
    batchNorm(3, 'batchnorm2', {
      values: {
        gamma: packed(gamma),
        beta: packed(wave(1, 0, 0.2)),
        mean: packed(wave(2, 0.4, 0.5)),
        variance: packed(variance),
      },
      problems,
      folding: {
        into: null,
        reason: 'relu1, which is not linear, stands between it and the weights before.',
      },
      runtime: {
        folds: false,
        reason: 'onnxruntime folds only into a Conv or a MatMul directly before.',
      },
    }),
    batchNorm(5, 'batchnorm3'),
  ],
  metadata: [
    { key: 'batchnorm.seed', value: '1' },
    { key: 'batchnorm.labels', value: '0,1,2,3,4,5,6,7,8,9' },
    { key: 'batchnorm.source', value: 'data: mnist\nnetwork:\n  - dense: 100\n'.repeat(40) },
  ],
  certificate,
  notes: [],
};
