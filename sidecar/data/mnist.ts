/** MNIST, from the packed file that travels with the product. */
import { createHash } from 'node:crypto';
import { asset } from '../assets.ts';
import { type DataSource, type DataSummary, type Examples, sizeOf } from '../network/types.ts';
import { parseIdx } from './idx.ts';
import { unpackFiles } from './packed-file.ts';
import { sharedBytes, sharedIntegers } from './shared.ts';
import { sampleExamples } from './split.ts';
import type { DataSet } from './types.ts';

export const mnistPack = asset('data', 'mnist.pack');

/** In the order in which they are packed. */
export const mnistFiles = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
] as const;

type Subset = Extract<DataSource, { kind: 'mnist' }>['subset'];

const whole: DataSummary = {
  name: 'mnist',
  input: [1, 28, 28],
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  trainExamples: 60_000,
  testExamples: 10_000,
};

export function summarizeMnist(subset?: Subset): DataSummary {
  return subset ? { ...whole, trainExamples: subset.examples } : whole;
}

/** The test set is whole, whatever the subset. */
export async function loadMnist(subset?: Subset, path: string = mnistPack): Promise<DataSet> {
  const remedy = 'install the extension again, or run `npm run build:data` in a clone';
  const { hash, files } = await unpackFiles(path, remedy);
  const [trainImages, trainLabels, testImages, testLabels] = files.map((file, i) =>
    parseIdx(file, `${path} (${mnistFiles[i]})`),
  );
  const examples = (images: Uint8Array, labels: Uint8Array): Examples => {
    const targets = sharedIntegers(labels.length);
    targets.set(labels);
    return { count: labels.length, inputs: images, targets };
  };
  const train = examples(trainImages.values, trainLabels.values);
  return {
    summary: summarizeMnist(subset),
    train: subset ? sample(train, subset.examples, subset.seed) : train,
    validation: null,
    test: examples(testImages.values, testLabels.values),
    normalization: byteNormalization(),
    featureNames: null,
    hash: subset ? hashOfSubset(hash, subset) : hash,
  };
}

/** Of what is trained on: a report and a model name their data by it. */
function hashOfSubset(whole: string, { examples, seed }: NonNullable<Subset>): string {
  return createHash('sha256').update(`${whole} ${examples} ${seed}`).digest('hex');
}

function sample({ inputs, targets }: Examples, wanted: number, seed: number): Examples {
  const features = sizeOf(whole.input);
  const chosen = sampleExamples(targets as Int32Array, wanted, seed);
  const sampled = {
    count: chosen.length,
    inputs: sharedBytes(chosen.length * features),
    targets: sharedIntegers(chosen.length),
  };
  chosen.forEach((example, i) => {
    const image = inputs.subarray(example * features, (example + 1) * features);
    sampled.inputs.set(image, i * features);
    sampled.targets[i] = targets[example];
  });
  return sampled;
}

/** Maps bytes from 0 to 255 onto 0 to 1. */
export function byteNormalization() {
  return { mean: Float32Array.of(0), deviation: Float32Array.of(255) };
}
