/** Small networks with random weights, and a float64 evaluation of them that shares nothing with the exporter. */
import type {
  Layer,
  LayerOperation,
  Loss,
  Network,
  Normalization,
  Shape,
  Tensor,
} from '../../sidecar/network/types.ts';
import type { ModelSource } from '../../sidecar/onnx/build.ts';
import { defaultForm } from '../../sidecar/onnx/choices.ts';
import { type Random, seededRandom } from '../../sidecar/random.ts';

export interface Sample {
  readonly title: string;
  readonly input: Shape;
  readonly operations: readonly LayerOperation[];
  readonly loss?: Loss;
  readonly classes?: readonly string[];
  readonly normalization?: 'identity' | 'scale' | 'feature';
}

export const dense = (units: number, bias = true): LayerOperation => ({
  kind: 'dense',
  units,
  bias,
});
export const batchnorm: LayerOperation = {
  kind: 'batchnorm',
  epsilon: 1e-5,
  momentum: 0.1,
  state: 'train',
  statistics: 'moving',
};
export const sigmoid: LayerOperation = { kind: 'sigmoid' };
export const dropout: LayerOperation = { kind: 'dropout', rate: 0.5 };
const tanh: LayerOperation = { kind: 'tanh' };
const relu: LayerOperation = { kind: 'relu' };
const softplus: LayerOperation = { kind: 'softplus' };
const leakyRelu: LayerOperation = { kind: 'leaky-relu', slope: 0.2 };
const flatten: LayerOperation = { kind: 'flatten' };

/** Every layer kind, and every combination the exporter treats in a way of its own. */
export const samples: readonly Sample[] = [
  {
    title: 'dense without bias before batchnorm, scaled input',
    input: [17],
    operations: [dense(8, false), batchnorm, sigmoid, dense(6, false), batchnorm, tanh, dense(4)],
    normalization: 'scale',
  },
  {
    title: 'batchnorm first, activations without batchnorm, dense without bias at the end',
    input: [5],
    operations: [
      batchnorm,
      dense(7),
      leakyRelu,
      dense(6),
      softplus,
      dense(5),
      relu,
      dense(3, false),
    ],
  },
  {
    title: 'dense with bias before batchnorm, dropout between, batchnorm at the end',
    input: [6],
    operations: [dense(5), batchnorm, relu, dense(4, false), dropout, batchnorm],
  },
  {
    title: 'images: normalized by pixel, batchnorm by channel, flatten twice',
    input: [2, 3, 4],
    operations: [batchnorm, relu, flatten, flatten, dense(5, false), batchnorm, sigmoid, dense(3)],
    normalization: 'feature',
  },
  {
    title: 'images straight into dense, dropout at the end',
    input: [1, 4, 4],
    operations: [dense(6, false), batchnorm, tanh, dense(3), dropout],
    normalization: 'scale',
  },
  {
    title: 'one logit for two classes',
    input: [2],
    operations: [dense(8, false), batchnorm, relu, dense(1)],
    loss: 'binary-cross-entropy',
    classes: ['inside', 'outside'],
    normalization: 'feature',
  },
  {
    title: 'regression with two outputs',
    input: [3],
    operations: [dense(8, false), batchnorm, softplus, dense(2)],
    loss: 'mse',
    normalization: 'feature',
  },
  { title: 'nothing but dropout', input: [3], operations: [dropout] },
];

/** A model source for the sample with random weights; the same sample always gives the same. */
export function sampleSource(sample: Sample, seed = 1): ModelSource {
  const random = seededRandom(seed, sample.title);
  const layers = nameLayers(sample.input, sample.operations);
  const outputs = elements(layers.at(-1)!.output);
  const loss = sample.loss ?? 'softmax-cross-entropy';
  const network: Network = {
    input: sample.input,
    layers,
    initialization: { kind: 'gaussian', deviation: 0.1 },
    loss,
    train: {
      optimizer: { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 },
      learningRate: 0.1,
      schedule: { kind: 'constant', warmup: 0 },
      batchSize: 12,
      steps: 100,
      seed: 1,
      evaluateEvery: 50,
      shuffle: true,
      clipGradient: null,
      labelSmoothing: 0,
      earlyStopping: null,
      augmentation: null,
      probe: 'none',
    },
  };
  const classes = sample.classes ?? Array.from({ length: outputs }, (_, index) => `class ${index}`);
  return {
    network,
    weights: new Map(layers.flatMap((layer) => randomParameters(layer, random))),
    normalization: randomNormalization(sample, random),
    data: {
      name: 'sample',
      input: sample.input,
      classes: loss === 'mse' ? null : classes,
      trainExamples: 120,
      testExamples: 40,
    },
    featureNames: sample.input.length > 1 ? null : namesOf(sample.input[0]),
    metadata: { variant: 'base', steps: '100', seed: '1', source: 'data: sample\n' },
    name: 'sample',
    producerVersion: '1.2.3',
    form: defaultForm,
  };
}

/** Raw examples, `[count, ...input]`: pixels from 0 to 255 where the model normalizes, from 0 to 1 where not. */
export function sampleInputs(source: ModelSource, count: number): Float32Array {
  const random = seededRandom(2, source.name);
  const scale = source.normalization.deviation[0] === 1 ? 255 : 1;
  const length = count * elements(source.network.input);
  return Float32Array.from({ length }, () => random.below(256) / scale);
}

/** What `validateModel` takes but the model: random examples and what the network makes of them in float64. */
export function sampleTask(source: ModelSource, count: number) {
  const inputs = sampleInputs(source, count);
  const expected = evaluate(source, inputs);
  const { loss } = source.network;
  const targets = loss === 'mse' ? expected : classesOf(expected, count);
  return { inputs, count, expected, targets, loss, batchSizes: [12, 1, 7] };
}

/** The network's outputs in float64, `[count, outputs]`, rounded once at the end. */
export function evaluate(source: ModelSource, inputs: ArrayLike<number>): Float32Array {
  const { network, normalization } = source;
  const features = elements(network.input);
  const pick = (values: Float32Array, index: number) => values[values.length === 1 ? 0 : index];
  const results: number[] = [];
  for (let first = 0; first < inputs.length; first += features) {
    let values = Array.from({ length: features }, (_, index) => {
      const centered = inputs[first + index] - pick(normalization.mean, index);
      return centered / pick(normalization.deviation, index);
    });
    for (const layer of network.layers) values = evaluateLayer(layer, source, values);
    results.push(...values);
  }
  return Float32Array.from(results);
}

/** Index of the largest output of each example, or whether the only one is positive. */
export function classesOf(logits: Float32Array, count: number): Int32Array {
  const outputs = logits.length / count;
  return Int32Array.from({ length: count }, (_, example) => {
    const row = [...logits.subarray(example * outputs, (example + 1) * outputs)];
    return outputs === 1 ? Number(row[0] > 0) : row.indexOf(Math.max(...row));
  });
}

function evaluateLayer(layer: Layer, { weights }: ModelSource, x: number[]): number[] {
  const parameter = (role: string) => weights.get(`${layer.name}.${role}`)?.values;
  switch (layer.kind) {
    case 'dense':
      return Array.from({ length: layer.units }, (_, unit) =>
        x.reduce(
          (sum, value, index) => sum + parameter('weight')![unit * x.length + index] * value,
          parameter('bias')?.[unit] ?? 0,
        ),
      );
    case 'batchnorm': {
      const perChannel = x.length / layer.input[0];
      return x.map((value, index) => {
        const c = Math.floor(index / perChannel);
        const deviation = Math.sqrt(parameter('running_var')![c] + layer.epsilon);
        const normalized = (value - parameter('running_mean')![c]) / deviation;
        return parameter('weight')![c] * normalized + parameter('bias')![c];
      });
    }
    case 'sigmoid':
      return x.map((value) => 1 / (1 + Math.exp(-value)));
    case 'tanh':
      return x.map(Math.tanh);
    case 'relu':
      return x.map((value) => Math.max(0, value));
    case 'leaky-relu':
      return x.map((value) => (value < 0 ? layer.slope * value : value));
    case 'softplus':
      return x.map((value) => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value))));
    case 'dropout':
    case 'flatten':
      return x;
    default:
      throw new Error(`expected a kind that can be exported, found ${layer.kind}`);
  }
}

function nameLayers(input: Shape, operations: readonly LayerOperation[]): Layer[] {
  const counts = new Map<string, number>();
  let current = input;
  let previous = 'input';
  return operations.map((operation) => {
    const count = (counts.get(operation.kind) ?? 0) + 1;
    counts.set(operation.kind, count);
    const before = current;
    if (operation.kind === 'dense') current = [operation.units];
    if (operation.kind === 'flatten') current = [elements(before)];
    const inputs = [previous];
    const name = `${operation.kind}${count}`;
    previous = name;
    return { ...operation, name, inputs, input: before, output: current, learningRate: 1 };
  });
}

function randomParameters(layer: Layer, random: Random): [string, Tensor][] {
  const tensor = (role: string, shape: Shape, draw: () => number): [string, Tensor] => [
    `${layer.name}.${role}`,
    { shape, values: Float32Array.from({ length: elements(shape) }, draw) },
  ];
  if (layer.kind === 'dense') {
    const inputs = elements(layer.input);
    const scale = 1 / Math.sqrt(inputs);
    const weight = tensor('weight', [layer.units, inputs], () => scale * random.normal());
    return layer.bias ? [weight, tensor('bias', [layer.units], random.normal)] : [weight];
  }
  if (layer.kind !== 'batchnorm') return [];
  const shape = [layer.input[0]];
  return [
    tensor('weight', shape, () => 0.5 + random.uniform()),
    tensor('bias', shape, random.normal),
    tensor('running_mean', shape, random.normal),
    tensor('running_var', shape, () => 0.1 + random.uniform()),
  ];
}

function randomNormalization({ normalization, input }: Sample, random: Random): Normalization {
  if (normalization !== 'feature') {
    const deviation = normalization === 'scale' ? 255 : 1;
    return { mean: Float32Array.of(0), deviation: Float32Array.of(deviation) };
  }
  const length = elements(input);
  return {
    mean: Float32Array.from({ length }, () => 128 + random.normal()),
    deviation: Float32Array.from({ length }, () => 60 + 10 * random.uniform()),
  };
}

function namesOf(features: number): string[] {
  return Array.from({ length: features }, (_, index) => `feature ${index}`);
}

function elements(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}
