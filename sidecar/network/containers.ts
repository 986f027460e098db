/** Entries of a network's list that hold layers of their own: branches side by side, sums, repetitions. */
import { z } from 'zod';
import type { WordDefinition } from './choice.ts';
import { name } from './layer-definition.ts';

export type ContainerKind = 'concat' | 'residual' | 'repeat';

interface ContainerDefinition extends WordDefinition {
  /** The option that holds layers, or lists of them. */
  readonly content: string;
}

export const maximumTimes = 1000;

/** `layer` reads an entry of the lists inside; it is lazy, since containers nest. */
export function containerWords(layer: z.ZodType) {
  const list = z.array(layer).min(1);
  return {
    concat: {
      title: 'Branches',
      description:
        'Lists of layers that all take the same input; their outputs are joined by channel, in order. Heights and widths have to agree. A branch without layers, `[]`, passes the input on. Written `concat: [[…], […]]`.',
      options: z.strictObject({
        name,
        branches: z
          .array(z.array(layer).meta({ expects: 'a list of layers' }))
          .min(2)
          .meta({
            title: 'Branches',
            expects: 'a list of two or more branches, each a list of layers',
            description: 'One list of layers for each branch.',
          }),
      }),
      shorthand: 'branches',
      content: 'branches',
    },
    residual: {
      title: 'Residual block',
      description:
        'A list of layers whose output is added to its input, so that gradients find a way past them. Both have to have the same shape. Written `residual: […]`.',
      options: z.strictObject({
        name,
        layers: list.meta({
          title: 'Layers',
          expects: 'a list of layers',
          description: 'What is added to the input, in the order it runs.',
        }),
      }),
      shorthand: 'layers',
      content: 'layers',
    },
    repeat: {
      title: 'Repetition',
      description:
        'The same layers several times, one after another, each time with parameters of its own. Every copy of a layer has a name of its own: unnamed ones go on counting, named ones get `-1`, `-2` behind their name.',
      options: z.strictObject({
        name,
        times: z.int().min(1).max(maximumTimes).meta({
          title: 'Times',
          description: 'How many copies there are.',
        }),
        layers: list.meta({
          title: 'Layers',
          expects: 'a list of layers',
          description: 'What is repeated, in the order it runs.',
        }),
      }),
      content: 'layers',
    },
  } satisfies Record<ContainerKind, ContainerDefinition>;
}
