/** What the network file knows of a kind of layer, and the options that many kinds share. */
import { z } from 'zod';
import type { WordDefinition } from './choice.ts';
import { references } from './references.ts';
import type { LayerKind, LayerOperation, Shape } from './types.ts';

/** Something to tell about one layer, at one of its options or at the layer itself. */
export interface Advice {
  readonly option: string | null;
  readonly code: string;
  readonly message: string;
  readonly reference?: string;
  /** What the option would better be; null: not given. */
  readonly better?: string | null;
}

/** The layer that takes an output, where it is the only kind that does; `state` is that of a batch normalization. */
export interface Next {
  readonly kind: LayerKind;
  readonly state?: string;
}

/** `operation` is the layer as it will run, `options` what its author wrote. */
export interface LayerDefinition<S extends z.ZodObject = z.ZodObject, O = LayerOperation>
  extends WordDefinition<S> {
  /** The operation, given what comes in, null while that is not known, and the layer that follows. */
  operation(options: z.output<S>, input: Shape | null, next: Next | null): O;
  /** Null when it depends on an input that is not known. */
  output(operation: O, input: Shape | null): Shape | null;
  /** Number of learned values; running statistics are not learned. */
  parameters(operation: O, input: Shape): number;
  /** Why it cannot take this input; asked before `operation`. */
  misfit?(input: Shape, options: z.output<S>): string | null;
  /** Smallest batch it can be trained with, when that is more than one. */
  minimumBatch?(operation: O, input: Shape): number;
  /** Warnings: legal, but probably not meant. */
  advice?(options: z.output<S>, next: Next | null): Advice[];
}

/** The operation of one kind, also where the union has kinds that share their options. */
export type OperationOf<K extends LayerKind, O = LayerOperation> = O extends { kind: LayerKind }
  ? K extends O['kind']
    ? O & { readonly kind: K }
    : never
  : never;

export function define<K extends LayerKind, S extends z.ZodObject>(
  definition: LayerDefinition<S, OperationOf<K>> & { readonly kind: K },
) {
  return definition;
}

/** `[16, 28, 28]`, as messages say it. */
export function shapeText(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, {
    error: 'expected a letter followed by letters, digits, "-" or "_", at most 64 in all',
  })
  .optional()
  .meta({
    title: 'Name',
    description:
      'What this layer is called in the dashboard, in messages and in the saved weights (`<name>.weight`). Inside a `repeat` every copy adds its number: `name-1`, `name-2`.',
    default: 'kind and count, such as `dense1`',
  });

export const learningRate = z.number().min(0).max(1000).default(1).meta({
  title: 'Learning-rate factor',
  description:
    "What the learning rate under `train` is multiplied by for this layer's parameters; 0 keeps them as they are.",
});

/** Output like input, nothing learned. */
export const elementwise = {
  output: (_: LayerOperation, input: Shape | null) => input,
  parameters: () => 0,
};

/** A warning for layers whose bias comes to nothing. */
export function uselessBias(bias: boolean | undefined, next: Next | null): Advice[] {
  if (!bias || next?.kind !== 'batchnorm' || next.state !== 'train') return [];
  return [
    {
      option: 'bias',
      code: 'bias-before-batchnorm',
      message:
        'this bias has no effect: the batchnorm that follows subtracts the mean, and its beta takes the place of the bias (section 3.2 of the paper); remove bias: true',
      reference: references.paper,
      better: null,
    },
  ];
}

export const bias = z.boolean().optional().meta({
  title: 'Bias',
  description:
    'Whether a learned constant is added to every output. Directly before a `batchnorm` it does nothing: beta takes its place (section 3.2 of the paper).',
  default: 'true; false directly before a batchnorm',
});
