/** Weights for a run to begin with, from a safetensors file or from an ONNX model of ours, by name and shape. */
import { readFile } from 'node:fs/promises';
import { readModel } from '../onnx/read.ts';
import { decodeSafetensors } from '../safetensors.ts';
import { readModelFile } from './model-file.ts';
import { type InitialWeights, RunError } from './prepare.ts';

/** Reads by the file's ending. Rejects with a sentence, also for a model whose weights are no place to begin. */
export async function readInitialWeights(path: string): Promise<InitialWeights> {
  if (!/\.onnx$/i.test(path)) {
    return { weights: decodeSafetensors(await read(path), path).weights, place: path };
  }
  const { source, ensemble, producerName } = readModel(await readModelFile(path), path);
  if (ensemble !== null) {
    const members = ensemble.members.map(({ name }) => name).join(', ');
    throw new RunError(
      `${path}: expected a model of one network, found an ensemble of ${members}. Export one of them by its own folder.`,
    );
  }
  if (source === null) {
    throw new RunError(
      `${path}: expected a model exported by BatchNorm Lab, whose tensors are called as the layers of a network file, found one by ${producerName || 'an unnamed producer'}. Save its weights as safetensors under those names.`,
    );
  }
  if (source.form.precision === 'int8') {
    throw new RunError(
      `${path}: expected weights as float32 or float16, found int8, which is too coarse to go on training from. Export the run again without --precision int8.`,
    );
  }
  return { weights: source.weights, place: path, folded: source.folding?.folded };
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new RunError(
      `${path}: expected a file that can be read, found: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
