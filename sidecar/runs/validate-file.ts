/**
 * The validation of an exported model, repeated from the file alone: its weights back in the engine, its data loaded.
 * A file with folded batch normalizations holds the folded weights alone, so the engine computes with those; that they
 * do what the trained ones did was found out when it was exported.
 */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { loadData } from '../data/load.ts';
import type { DataSet } from '../data/types.ts';
import { readNetworkFile } from '../network/file.ts';
import type { DataSource } from '../network/types.ts';
import { readModel } from '../onnx/read.ts';
import type { Validation } from '../protocol/onnx.ts';
import { validateEnsemble } from './export-ensemble.ts';
import { validateAgainstEngine } from './export-run.ts';
import { RunError } from './prepare.ts';

/**
 * Rejects with a sentence when the file is no model of ours or its data is not to be had. `folder` is where the
 * data's relative paths start from; without it the model's folder is tried, then those above it.
 */
export async function validateFile(
  path: string,
  { folder, signal }: { readonly folder?: string; readonly signal?: AbortSignal } = {},
): Promise<Validation> {
  const bytes = await read(path);
  const { source, ensemble, producerName } = readModel(bytes, path);
  const model = source ?? ensemble;
  if (model === null) {
    throw new RunError(
      `${path}: expected a model exported by BatchNorm Lab, found one by ${producerName || 'an unnamed producer'}: there are no engine results to compare it with.`,
    );
  }
  // The network file travels in the model; reading it again checks whatever the metadata may hold.
  const from = readNetworkFile(model.metadata.source ?? '').data;
  if (from === null) {
    throw new RunError(
      `${path}: expected the network file in batchnorm.source, found none that names data.`,
    );
  }
  const folders = folder === undefined ? folderAndAbove(path) : [folder];
  const data = await findData(from, folders, model.metadata.dataSha256 ?? '', path);
  if ('members' in model) return validateEnsemble(bytes, model.members, data, signal);
  const { network, weights, form } = model;
  return validateAgainstEngine(bytes, { network, weights, form, data }, signal);
}

function folderAndAbove(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...folderAndAbove(above)];
}

/** The data the model was trained on, from the first folder that has its files; else what the nearest folder misses. */
async function findData(
  source: DataSource,
  folders: readonly string[],
  hash: string,
  place: string,
): Promise<DataSet> {
  const data = await loadFromFirst(source, folders);
  if (data.hash === hash) return data;
  throw new RunError(
    `${place}: expected its data set ${data.summary.name} with SHA-256 ${hash}, found ${data.hash}; name the folder that the data's path starts from with \`batchnorm validate --folder\``,
  );
}

async function loadFromFirst(
  source: DataSource,
  [nearest, ...above]: readonly string[],
): Promise<DataSet> {
  try {
    return await loadData(source, nearest);
  } catch (error) {
    if (above.length === 0) throw error;
    return await loadFromFirst(source, above).catch(() => Promise.reject(error));
  }
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
