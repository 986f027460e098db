/** Checks a resolved network that comes back from a model's metadata, since anybody may have written the file. */
import { z } from 'zod';
import type { DataSummary, Network } from '../network/types.ts';
import { type Folding, opsets } from '../protocol/onnx.ts';
import { type ModelForm, outputs, precisions } from './choices.ts';

const count = z.int().positive();
const seed = z.int().nonnegative();
const weight = z.number().min(0).max(1);
const shape = z.array(count).min(1);
const epsilon = z.number().nonnegative();
const common = {
  name: z.string().min(1),
  inputs: z.array(z.string().min(1)).min(1),
  input: shape,
  output: shape,
  learningRate: z.number().nonnegative(),
};
const pair = z.tuple([count, count]);
const margin = z.int().nonnegative();
const window = {
  kernel: pair,
  stride: pair,
  padding: z.strictObject({ top: margin, bottom: margin, left: margin, right: margin }),
};

const layer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dense'), units: count, bias: z.boolean(), ...common }),
  z.strictObject({
    kind: z.literal(['conv2d', 'conv1d']),
    filters: count,
    dilation: pair,
    groups: count,
    bias: z.boolean(),
    ...window,
    ...common,
  }),
  z.strictObject({ kind: z.literal('maxpool'), ...window, ...common }),
  z.strictObject({ kind: z.literal('avgpool'), ...window, ...common }),
  z.strictObject({
    kind: z.literal('batchnorm'),
    epsilon,
    momentum: weight,
    state: z.enum(['train', 'freeze-statistics', 'freeze']),
    statistics: z.enum(['moving', 'exact']),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('lrn'),
    size: count,
    alpha: z.number(),
    beta: z.number(),
    bias: z.number(),
    ...common,
  }),
  z.strictObject({ kind: z.literal('layernorm'), epsilon, ...common }),
  z.strictObject({ kind: z.literal('groupnorm'), groups: count, epsilon, ...common }),
  z.strictObject({ kind: z.literal('leaky-relu'), slope: z.number(), ...common }),
  z.strictObject({ kind: z.literal('dropout'), rate: weight, ...common }),
  ...(
    [
      'global-avgpool',
      'sigmoid',
      'tanh',
      'relu',
      'softplus',
      'gelu',
      'silu',
      'softmax',
      'flatten',
      'concat',
      'add',
    ] as const
  ).map((kind) => z.strictObject({ kind: z.literal(kind), ...common })),
]);

const initialization = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('gaussian'), deviation: z.number().nonnegative() }),
  z.strictObject({ kind: z.literal('glorot') }),
  z.strictObject({ kind: z.literal('he') }),
]);

const decayed = { weightDecay: z.number(), weightDecayOn: z.enum(['all', 'weights']).optional() };

const optimizer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd'),
    momentum: z.number(),
    nesterov: z.boolean(),
    ...decayed,
  }),
  z.strictObject({
    kind: z.literal(['adam', 'adamw']),
    beta1: z.number(),
    beta2: z.number(),
    epsilon: z.number(),
    ...decayed,
  }),
  z.strictObject({
    kind: z.literal('rmsprop'),
    decay: z.number(),
    epsilon: z.number(),
    momentum: z.number(),
    ...decayed,
  }),
  z.strictObject({ kind: z.literal('adagrad'), epsilon: z.number(), ...decayed }),
]);

const warmup = z.int().nonnegative();
const decay = { warmup, every: count, factor: z.number() };
const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), warmup }),
  z.strictObject({ kind: z.literal('step'), ...decay }),
  z.strictObject({ kind: z.literal('exponential'), ...decay }),
  z.strictObject({ kind: z.literal('cosine'), warmup, final: z.number() }),
]);

const train = z.strictObject({
  optimizer,
  learningRate: z.number(),
  schedule,
  batchSize: count,
  steps: z.int().nonnegative(),
  seed,
  evaluateEvery: count,
  shuffle: z.boolean(),
  clipGradient: z.number().positive().nullable(),
  labelSmoothing: weight,
  earlyStopping: z.strictObject({ patience: count }).nullable(),
  augmentation: z.strictObject({ shift: margin, flip: z.boolean(), crop: margin }).nullable(),
  // Models of earlier versions do not say.
  probe: z.enum(['none', 'activations', 'gradients']).default('none'),
});

/** A network whose layers also fit each other: each comes after its inputs, and its first input has its shape. */
export const networkSchema: z.ZodType<Network> = z
  .strictObject({
    input: shape,
    layers: z.array(layer),
    initialization,
    loss: z.enum(['softmax-cross-entropy', 'binary-cross-entropy', 'mse']),
    train,
  })
  .superRefine(({ input, layers }, context) => {
    const outputs = new Map([['input', input]]);
    layers.forEach((current, index) => {
      const refuse = (message: string) =>
        context.addIssue({ code: 'custom', path: ['layers', index], message });
      const missing = current.inputs.find((name) => !outputs.has(name));
      const before = outputs.get(current.inputs[0]);
      if (missing !== undefined) {
        refuse(`expected inputs from layers before it, found ${JSON.stringify(missing)}`);
      } else if (String(before) !== String(current.input)) {
        refuse(`expected an input of shape [${before}], found [${current.input}]`);
      }
      outputs.set(current.name, current.output);
    });
  });

export const formSchema: z.ZodType<ModelForm> = z.strictObject({
  output: z.enum(outputs),
  opset: z.int().min(opsets.oldest).max(opsets.newest),
  precision: z.enum(precisions),
});

export const foldingSchema: z.ZodType<Folding> = z.strictObject({
  folded: z.array(z.strictObject({ batchnorm: z.string(), into: z.string() })),
  kept: z.array(z.strictObject({ batchnorm: z.string(), reason: z.string() })),
});

/** Members of an ensemble: names apart, inputs and outputs of one shape. */
export const membersSchema = z
  .array(
    z.strictObject({
      name: z.string().min(1),
      network: networkSchema,
      steps: z.int().nonnegative(),
      folding: foldingSchema.optional(),
    }),
  )
  .min(2)
  .superRefine((members, context) => {
    const shapes = members.map(({ network: { input, layers } }) =>
      [input, layers.at(-1)?.output ?? input].join(' to '),
    );
    members.forEach(({ name }, index) => {
      const refuse = (message: string) =>
        context.addIssue({ code: 'custom', path: [index], message });
      if (members.findIndex((each) => each.name === name) < index) {
        refuse(`expected a name of its own, found ${JSON.stringify(name)} again`);
      }
      if (shapes[index] !== shapes[0]) {
        refuse(`expected shapes ${shapes[0]} as the first member's, found ${shapes[index]}`);
      }
    });
  });

export const dataSummarySchema: z.ZodType<DataSummary> = z.strictObject({
  name: z.string(),
  input: shape,
  classes: z.array(z.string()).nullable(),
  trainExamples: z.int().nonnegative(),
  testExamples: z.int().nonnegative(),
});

export const normalizationSchema = z.strictObject({
  mean: z.array(z.number()),
  deviation: z.array(z.number()),
});

export const featureNamesSchema = z.array(z.string()).nullable();
