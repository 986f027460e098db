/** From the source named in a network file to a data set in memory, or to a `DataError` that says what is wrong. */
import type { DataSource, DataSummary } from '../network/types.ts';
import { DataError } from './error.ts';
import { loadMnist, mnistSummary } from './mnist.ts';
import type { DataSet } from './types.ts';

/** `folder` is the absolute folder of the network file; relative paths resolve against it. */
export async function loadData(source: DataSource, _folder: string): Promise<DataSet> {
  switch (source.kind) {
    case 'mnist':
      return loadMnist();
    default:
      throw new DataError({
        place: source.kind,
        expected: 'mnist',
        found: source.kind,
        remedy: 'use mnist',
      });
  }
}

/** What checks need to know before anything is trained. */
export async function summarizeData(source: DataSource, folder: string): Promise<DataSummary> {
  return source.kind === 'mnist' ? mnistSummary : (await loadData(source, folder)).summary;
}
