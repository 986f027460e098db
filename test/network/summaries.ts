/** What data sets of the given shapes look like before they are loaded. */
import type { DataSummary } from '../../sidecar/network/types.ts';

export const mnist: DataSummary = {
  name: 'mnist',
  input: [1, 28, 28],
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  trainExamples: 60_000,
  testExamples: 10_000,
};

export const iris: DataSummary = {
  name: 'iris',
  input: [4],
  classes: ['setosa', 'versicolor', 'virginica'],
  trainExamples: 120,
  testExamples: 30,
};

export const moons: DataSummary = {
  name: 'moons',
  input: [2],
  classes: ['0', '1'],
  trainExamples: 800,
  testExamples: 200,
};

export const prices: DataSummary = {
  name: 'prices.csv',
  input: [7],
  classes: null,
  trainExamples: 400,
  testExamples: 100,
};
