/** Checks a resolved network that comes back from a model's metadata, since anybody may have written the file. */
import { z } from 'zod';
import type { DataSummary, Network } from '../network/types.ts';

const count = z.int().positive();
const seed = z.int().nonnegative();
const weight = z.number().min(0).max(1);
const shape = z.array(count).min(1);
const common = { name: z.string().min(1), input: shape, output: shape };

const layer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dense'), units: count, bias: z.boolean(), ...common }),
  z.strictObject({
    kind: z.literal('batchnorm'),
    epsilon: z.number().nonnegative(),
    momentum: weight,
    ...common,
  }),
  z.strictObject({ kind: z.literal('sigmoid'), ...common }),
  z.strictObject({ kind: z.literal('tanh'), ...common }),
  z.strictObject({ kind: z.literal('relu'), ...common }),
  z.strictObject({ kind: z.literal('leaky-relu'), slope: z.number(), ...common }),
  z.strictObject({ kind: z.literal('softplus'), ...common }),
  z.strictObject({ kind: z.literal('dropout'), rate: weight, ...common }),
  z.strictObject({ kind: z.literal('flatten'), ...common }),
]);

const initialization = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('gaussian'), deviation: z.number().nonnegative() }),
  z.strictObject({ kind: z.literal('glorot') }),
  z.strictObject({ kind: z.literal('he') }),
]);

const optimizer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd'),
    momentum: z.number(),
    nesterov: z.boolean(),
    weightDecay: z.number(),
  }),
  z.strictObject({
    kind: z.literal('adam'),
    beta1: z.number(),
    beta2: z.number(),
    epsilon: z.number(),
    weightDecay: z.number(),
  }),
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
});

/** A network whose layers also fit each other: each reads what the one before it gives. */
export const networkSchema: z.ZodType<Network> = z
  .strictObject({
    input: shape,
    layers: z.array(layer),
    initialization,
    loss: z.enum(['softmax-cross-entropy', 'binary-cross-entropy', 'mse']),
    train,
  })
  .superRefine(({ input, layers }, context) => {
    layers.forEach((current, index) => {
      const before = index === 0 ? input : layers[index - 1].output;
      if (String(before) === String(current.input)) return;
      const message = `expected an input of shape [${before}], found [${current.input}]`;
      context.addIssue({ code: 'custom', path: ['layers', index], message });
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
