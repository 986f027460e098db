/** Where examples may come from, as the network file says it. Reads as `DataSource`; loads nothing. */
import { z } from 'zod';
import { choice } from './choice.ts';
import type { DataSource } from './types.ts';

const test = z.number().gt(0).lt(1).default(0.2).meta({
  title: 'Test share',
  description:
    'Share of the examples kept apart for the test accuracy, drawn so that every class keeps its share.',
});

const validation = z.number().min(0).lt(1).default(0).meta({
  title: 'Validation share',
  description:
    'Share of the examples kept apart to choose settings by, drawn so that every class keeps its share.',
});

const seedNumber = z.int().min(0).max(0xffffffff);

const seed = seedNumber.default(1).meta({
  title: 'Seed of the split',
  description:
    'Decides which examples are kept apart, and what is generated. Independent of the seed under `train`.',
});

const path = (title: string, description: string) =>
  z
    .string()
    .min(1)
    .meta({ title, description: `${description} Relative to this file.` });

const leavesTraining = (options: { test: number; validation: number }) =>
  options.test + options.validation < 1;

const nothingLeft = {
  path: ['validation'],
  error: 'test and validation together leave nothing to train on; their sum has to be below 1',
};

/** Length of an image's side in pixels. */
const side = z.int().min(1).max(1024);

const arrayName = (title: string, what: string) =>
  z
    .string()
    .min(1)
    .meta({ title, description: `Name of the array of ${what}.` });

/** Options of points in the plane; `noise` in proportion to the room between the classes. */
const plane = (noise: number) => ({
  examples: z.int().min(10).max(1_000_000).default(1000).meta({
    title: 'Examples',
    description: 'Number of points in all classes together, test part included.',
  }),
  noise: z.number().min(0).max(10).default(noise).meta({
    title: 'Noise',
    description: 'Standard deviation of what is added to every point.',
  }),
  test,
  validation,
  seed,
});

function twoClasses(title: string, description: string) {
  return {
    title,
    description,
    options: z.strictObject(plane(0.1)).refine(leavesTraining, nothingLeft),
  };
}

const words = {
  mnist: {
    title: 'MNIST',
    description:
      'Handwritten digits, built in: 60,000 training and 10,000 test images of 28 x 28 grey values, 10 classes.',
    options: z
      .strictObject({
        examples: z.int().min(10).max(60_000).optional().meta({
          title: 'Examples',
          description:
            'Train on so many examples only, drawn by `seed` so that every class keeps its share. The test set stays whole.',
          default: 'all 60,000',
        }),
        seed: seedNumber.optional().meta({
          title: 'Seed of the examples',
          description:
            'Decides which examples are drawn, where `examples` says how many. Independent of the seed under `train`.',
          default: '1',
        }),
      })
      .refine(({ examples, seed: drawnBy }) => examples !== undefined || drawnBy === undefined, {
        path: ['seed'],
        error:
          'a seed decides which examples are drawn, and here all are; add examples, or remove seed',
      }),
  },
  iris: {
    title: 'Iris',
    description:
      'Four measures of 150 flowers of 3 species, built in. Small enough to train in a second.',
    options: z.strictObject({ test, validation, seed }).refine(leavesTraining, nothingLeft),
  },
  spirals: {
    title: 'Spirals',
    description:
      'Points on interleaved spirals in the plane, one spiral a class; hard to separate.',
    options: z
      .strictObject({
        ...plane(0.02),
        classes: z.int().min(2).max(10).default(2).meta({
          title: 'Classes',
          description: 'Number of spirals.',
        }),
      })
      .refine(leavesTraining, nothingLeft),
  },
  moons: twoClasses('Moons', 'Points on two interleaved half circles in the plane.'),
  circles: twoClasses('Circles', 'Points on two circles in the plane, one inside the other.'),
  csv: {
    title: 'CSV file',
    description:
      'A table of your own with a header line. Columns of numbers are used as they are; columns of text become one input for each different text. A label of text, or of a few different whole numbers, makes it a classification; other numbers make it a regression.',
    options: z
      .strictObject({
        path: path('Path', 'The CSV file.'),
        label: z.string().min(1).meta({
          title: 'Label',
          description: 'Name of the column to predict, as the header line has it.',
        }),
        features: z.array(z.string().min(1)).min(1).optional().meta({
          title: 'Features',
          expects: 'a list of column names',
          description: 'Names of the columns to predict from.',
          default: 'all columns but the label',
        }),
        standardize: z.boolean().default(true).meta({
          title: 'Standardize',
          description:
            'Give every numeric column mean 0 and deviation 1. Learned on the training part and written into the exported model.',
        }),
        test,
        validation,
        seed,
      })
      .refine(leavesTraining, nothingLeft)
      .refine(({ features, label }) => !features?.includes(label), {
        path: ['features'],
        error: 'the label is among the features; the network would be told the answer',
      }),
  },
  idx: {
    title: 'IDX files',
    description: 'Images and labels of your own in the format of the original MNIST files.',
    options: z.strictObject({
      trainImages: path('Training images', 'IDX file of the training images.'),
      trainLabels: path('Training labels', 'IDX file of the training labels.'),
      testImages: path('Test images', 'IDX file of the test images.'),
      testLabels: path('Test labels', 'IDX file of the test labels.'),
      validation,
      seed,
    }),
  },
  images: {
    title: 'Image folder',
    description:
      'PNG and JPEG images of your own: a folder with one folder for each class, which is called as the class. Hidden files are left out, links are followed. Transparent pixels are laid over white; notes on orientation are ignored.',
    options: z
      .strictObject({
        path: path('Path', 'The folder that holds the folders of the classes.'),
        size: z
          .union([side, z.tuple([side, side])])
          .transform((size): readonly [number, number] =>
            typeof size === 'number' ? [size, size] : size,
          )
          .optional()
          .meta({
            title: 'Size',
            expects: 'a whole number of pixels from 1 to 1,024, or two as [height, width]',
            description:
              'Every image is scaled to this height and width: bilinear and antialiased, whatever its proportions. Without it all images must have one size.',
            default: 'the size of the first image',
          }),
        channels: z.literal([1, 3]).default(3).meta({
          title: 'Channels',
          expects: '1 (grey) or 3 (colour)',
          description: 'Whether images are read as grey values or in colour.',
        }),
        test,
        validation,
        seed,
      })
      .refine(leavesTraining, nothingLeft),
  },
  npz: {
    title: 'NPZ file',
    description:
      'Arrays as NumPy writes them with `savez` or `savez_compressed`. The first axis of every array counts examples. Inputs are `[n, features]`, `[n, height, width]` or, channels first, `[n, channels, height, width]`; bytes (`uint8`) are divided by 255, other numbers used as they are. Targets of integers are classes, floats are predicted as they are.',
    options: z
      .strictObject({
        path: path('Path', 'The NPZ file.'),
        inputs: arrayName('Inputs', 'the training inputs'),
        targets: arrayName('Targets', 'the training targets'),
        testInputs: z.string().min(1).optional().meta({
          title: 'Test inputs',
          description: 'Name of the array of the test inputs; comes with `testTargets`.',
          default: 'a part of the inputs, by `test`',
        }),
        testTargets: z.string().min(1).optional().meta({
          title: 'Test targets',
          description: 'Name of the array of the test targets; comes with `testInputs`.',
          default: 'a part of the targets, by `test`',
        }),
        test,
        validation,
        seed,
      })
      .refine(leavesTraining, nothingLeft)
      .refine(
        ({ testInputs, testTargets }) => testInputs === undefined || testTargets !== undefined,
        {
          path: ['testInputs'],
          error: 'test inputs come with test targets; add testTargets',
        },
      )
      .refine(
        ({ testInputs, testTargets }) => testTargets === undefined || testInputs !== undefined,
        {
          path: ['testTargets'],
          error: 'test targets come with test inputs; add testInputs',
        },
      ),
  },
};

export const dataSchema = choice('data set', words, {
  title: 'Data',
  description: 'What to train on: a built-in data set, or files of your own.',
});

export function asDataSource(data: z.output<typeof dataSchema>): DataSource {
  if (data.kind === 'moons' || data.kind === 'circles') return { ...data, classes: 2 };
  if (data.kind !== 'mnist') return data;
  const { kind, examples, seed = 1 } = data;
  return examples === undefined ? { kind } : { kind, subset: { examples, seed } };
}
