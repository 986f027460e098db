/** The validation of an exported model, repeated from the file alone: its weights back in the engine, its data loaded. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { loadData } from '../data/load.ts';
import { readNetworkFile } from '../network/file.ts';
import { readModel } from '../onnx/read.ts';
import type { Validation } from '../protocol/onnx.ts';
import { validateAgainstEngine } from './export-run.ts';
import { RunError } from './prepare.ts';

/**
 * Rejects with a sentence when the file is no model of ours or its data is not to be had. `folder` is where the
 * data's relative paths start from.
 */
export async function validateFile(
  path: string,
  folder: string = dirname(path),
  signal?: AbortSignal,
): Promise<Validation> {
  const bytes = await read(path);
  const { source, producerName } = readModel(bytes, path);
  if (source === null) {
    throw new RunError(
      `${path}: expected a model exported by BatchNorm Lab, found one by ${producerName || 'an unnamed producer'}: there are no engine results to compare it with.`,
    );
  }
  // The network file travels in the model; reading it again checks whatever the metadata may hold.
  const from = readNetworkFile(source.metadata.source ?? '').data;
  if (from === null) {
    throw new RunError(
      `${path}: expected the network file in batchnorm.source, found none that names data.`,
    );
  }
  const data = await loadData(from, folder);
  if (data.hash !== source.metadata.dataSha256) {
    throw new RunError(
      `${path}: expected its data set ${data.summary.name} with SHA-256 ${source.metadata.dataSha256}, found ${data.hash}.`,
    );
  }
  const { network, weights } = source;
  return validateAgainstEngine(bytes, { network, weights, data }, signal);
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new RunError(
      `${path}: expected an ONNX file that can be read, found: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
