/**
 * The validation of an exported model, repeated from the file alone: its weights back in the engine, its data loaded;
 * what is found must be what its certificate says. A file with folded batch normalizations or rounded weights holds those
 * alone, so the engine computes with them; that they do what the trained ones did was found out when it was exported.
 */
import { dirname } from 'node:path';
import { loadData } from '../data/load.ts';
import type { DataSet } from '../data/types.ts';
import { readNetworkFile } from '../network/file.ts';
import type { DataSource } from '../network/types.ts';
import { examineModel } from '../onnx/certificate.ts';
import { compareCertificates } from '../onnx/compare-certificates.ts';
import { readLater } from '../onnx/metadata.ts';
import { producer } from '../onnx/model.ts';
import { readModel } from '../onnx/read.ts';
import type { Revalidation } from '../protocol/onnx.ts';
import { ensembleTask } from './export-ensemble.ts';
import { engineTask } from './export-run.ts';
import { readModelFile } from './model-file.ts';
import { RunError } from './prepare.ts';

/**
 * Rejects with a sentence when the file is no model of ours or its data is not to be had. `folder` is where the
 * data's relative paths start from; without it the model's folder is tried, then those above it.
 */
export async function validateFile(
  path: string,
  { folder, signal }: { readonly folder?: string; readonly signal?: AbortSignal } = {},
): Promise<Revalidation> {
  const bytes = await readModelFile(path);
  const { source, ensemble, producerName, metadata } = readModel(bytes, path);
  const model = source ?? ensemble;
  if (model === null) {
    throw new RunError(
      `${path}: expected a model exported by BatchNorm Lab, found ${producerName === producer ? 'one that has lost its description (metadata batchnorm.format). Export it again.' : `one by ${producerName || 'an unnamed producer'}: there are no engine results to compare it with.`}`,
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
  const certified = readLater(metadata, 'certificate', path);
  const computed =
    'members' in model
      ? ensembleTask({ ...model, data }, signal)
      : engineTask({ ...model, data }, signal);
  const task = await computed.catch((error: Error) => {
    throw error instanceof RunError ? new RunError(`${path}: ${error.message}`) : error;
  });
  const found = await examineModel({ ...task, model: bytes });
  if (certified === null) return { found, certified, broken: [] };
  // What the trained weights reached is not to be found out from rounded ones.
  const trainedAccuracy = found.trainedAccuracy ?? certified.trainedAccuracy;
  return compareCertificates(certified, { ...found, trainedAccuracy }, task);
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
