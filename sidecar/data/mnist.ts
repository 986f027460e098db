/** The full MNIST, from the packed file that travels with the product. */
import { asset } from '../assets.ts';
import type { DataSummary, Examples } from '../network/types.ts';
import { parseIdx } from './idx.ts';
import { unpackFiles } from './packed-file.ts';
import { sharedIntegers } from './shared.ts';
import type { DataSet } from './types.ts';

export const mnistPack = asset('data', 'mnist.pack');

/** In the order in which they are packed. */
export const mnistFiles = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
] as const;

export const mnistSummary: DataSummary = {
  name: 'mnist',
  input: [1, 28, 28],
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  trainExamples: 60_000,
  testExamples: 10_000,
};

export async function loadMnist(path: string = mnistPack): Promise<DataSet> {
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
  return {
    summary: mnistSummary,
    train: examples(trainImages.values, trainLabels.values),
    validation: null,
    test: examples(testImages.values, testLabels.values),
    normalization: byteNormalization(),
    featureNames: null,
    hash,
  };
}

/** Maps bytes from 0 to 255 onto 0 to 1. */
export function byteNormalization() {
  return { mean: Float32Array.of(0), deviation: Float32Array.of(255) };
}
