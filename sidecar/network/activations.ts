/** Layers that compute each value from the one at its place, and softmax. Nothing in them is learned. */
import { z } from 'zod';
import { define, elementwise, name, type OperationOf } from './layer-definition.ts';

type Plain = 'sigmoid' | 'tanh' | 'relu' | 'softplus' | 'gelu' | 'silu' | 'softmax';

/** An activation without options. */
function plain<K extends Plain>(kind: K, title: string, description: string) {
  const options = z.strictObject({ name });
  const operation = () => ({ kind }) as OperationOf<K>;
  return define<K, typeof options>({
    kind,
    title,
    description,
    options,
    operation,
    ...elementwise,
  });
}

export const sigmoid = plain(
  'sigmoid',
  'Sigmoid',
  '`1 / (1 + exp(-x))`, between 0 and 1. Flat where its input is large, so gradients vanish there: what batch normalization was invented against.',
);

export const tanh = plain('tanh', 'Hyperbolic tangent', '`tanh(x)`, between -1 and 1.');

export const relu = plain('relu', 'ReLU', '`max(0, x)`, the rectified linear unit.');

export const softplus = plain('softplus', 'Softplus', '`log(1 + exp(x))`, a smooth ReLU.');

export const gelu = plain(
  'gelu',
  'GELU',
  '`x * Phi(x)`, where Phi is the share of a normal distribution below `x`; the exact form, not the one with tanh.',
);

export const silu = plain('silu', 'SiLU', '`x * sigmoid(x)`, also called Swish.');

export const softmax = plain(
  'softmax',
  'Softmax',
  'Makes shares that sum to 1 of the values of all channels at each place: `exp(x) / sum of exp(x)`. The loss `softmax-cross-entropy` has its own, so the last layer needs none.',
);

export const leakyRelu = define({
  kind: 'leaky-relu',
  title: 'Leaky ReLU',
  description:
    '`x` where it is positive, `slope * x` elsewhere, so that no unit stops learning for good.',
  options: z.strictObject({
    name,
    slope: z.number().min(0).max(1).default(0.01).meta({
      title: 'Slope',
      description: 'Factor for negative inputs.',
    }),
  }),
  shorthand: 'slope',
  operation: ({ slope }) => ({ kind: 'leaky-relu', slope }),
  ...elementwise,
});

/** Kinds that compute each value from the one at its place, whose inputs can be called saturated. */
export const activationKinds: readonly string[] = [
  sigmoid,
  tanh,
  relu,
  leakyRelu,
  softplus,
  gelu,
  silu,
].map(({ kind }) => kind);
