/** From the source named in a network file to a data set in memory, or to a `DataError` that says what is wrong. */
import type { DataSource, DataSummary } from '../network/types.ts';
import { loadCsv, maximumCsvBytes } from './csv.ts';
import { type DataFile, findDataFile, findDataFolder } from './files.ts';
import {
  type IdxFiles,
  type IdxSource,
  loadIdx,
  maximumIdxBytes,
  summarizeIdx,
} from './idx-source.ts';
import { loadIris } from './iris.ts';
import { loadMnist, summarizeMnist } from './mnist.ts';
import { maximumNpzBytes } from './npz.ts';
import { offThread, type ThreadWork } from './off-thread.ts';
import { loadSynthetic, summarizeSynthetic } from './synthetic.ts';
import type { DataSet } from './types.ts';

/** Whether the data comes with the product, so that nothing of the user's has to be read. */
export function isBuiltIn({ kind }: DataSource): boolean {
  return kind !== 'csv' && kind !== 'idx' && kind !== 'images' && kind !== 'npz';
}

/** The newest built-in set of each kind, for as long as somebody uses it: many runs train on one copy. */
const inUse = new Map<string, { readonly key: string; readonly set: WeakRef<DataSet> }>();

/** `folder` is the absolute folder of the network file; relative paths resolve against it. */
export async function loadData(source: DataSource, folder: string): Promise<DataSet> {
  if (!isBuiltIn(source)) return read(source, folder);
  const key = JSON.stringify(source);
  const newest = inUse.get(source.kind);
  const known = newest?.key === key ? newest.set.deref() : undefined;
  if (known) return known;
  const set = await read(source, folder);
  inUse.set(source.kind, { key, set: new WeakRef(set) });
  return set;
}

async function read(source: DataSource, folder: string): Promise<DataSet> {
  switch (source.kind) {
    case 'mnist':
      return loadMnist(source.subset);
    case 'iris':
      return loadIris(source, source.seed);
    case 'spirals':
    case 'moons':
    case 'circles':
      return loadSynthetic(source);
    case 'csv':
      return loadCsv(source, await findDataFile(folder, source.path, maximumCsvBytes));
    case 'idx':
      return loadIdx(source, await findIdxFiles(source, folder));
    case 'images':
    case 'npz':
      return offThread('data', await threadWork(source, folder));
    default:
      return source satisfies never;
  }
}

/**
 * What checks need to know before anything is trained; fails as `loadData` would. MNIST and synthetic sets are known at once, of IDX
 * and NPZ inputs only headers are read, of a folder of images names and one header, so that damaged images are found
 * only by `loadData`. A CSV file has to be read whole, some 10 MB a second without blocking; files are read again only
 * when they have changed.
 */
export async function summarizeData(source: DataSource, folder: string): Promise<DataSummary> {
  if (source.kind === 'mnist') return summarizeMnist(source.subset);
  if (source.kind === 'spirals' || source.kind === 'moons' || source.kind === 'circles') {
    return summarizeSynthetic(source);
  }
  if (source.kind === 'idx') {
    const files = await findIdxFiles(source, folder);
    return remember(source, files, () => summarizeIdx(source, files));
  }
  if (source.kind === 'images' || source.kind === 'npz') {
    const work = await threadWork(source, folder);
    return remember(source, [work.files], () => offThread('summary', work));
  }
  const files =
    source.kind === 'csv' ? [await findDataFile(folder, source.path, maximumCsvBytes)] : [];
  return remember(source, files, async () => (await loadData(source, folder)).summary);
}

function findIdxFiles(source: IdxSource, folder: string): Promise<IdxFiles> {
  const find = (path: string) => findDataFile(folder, path, maximumIdxBytes);
  return Promise.all([
    find(source.trainImages),
    find(source.trainLabels),
    find(source.testImages),
    find(source.testLabels),
  ]);
}

async function threadWork(source: ThreadWork['source'], folder: string): Promise<ThreadWork> {
  if (source.kind === 'images') {
    return { kind: 'images', source, files: await findDataFolder(folder, source.path) };
  }
  return { kind: 'npz', source, files: await findDataFile(folder, source.path, maximumNpzBytes) };
}

/** Summaries, also failed ones, by source and by the state of its files; the oldest leave first. */
const summaries = new Map<string, Promise<DataSummary>>();
const maximumSummaries = 32;

function remember(
  source: DataSource,
  files: readonly Pick<DataFile, 'version'>[],
  summarize: () => Promise<DataSummary>,
): Promise<DataSummary> {
  const key = JSON.stringify([source, files]);
  const known = summaries.get(key);
  if (known !== undefined) return known;
  const summary = summarize();
  summaries.set(key, summary);
  const oldest = summaries.keys().next();
  if (summaries.size > maximumSummaries && !oldest.done) summaries.delete(oldest.value);
  return summary;
}
