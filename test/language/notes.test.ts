import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayerStatistics } from '../../sidecar/language/host.ts';
import { liveNotes } from '../../sidecar/language/notes.ts';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import type { RunSummary } from '../../sidecar/protocol/runs.ts';
import { batchNormStatistics, gapFinding, hostWith, runOf, trainingVariant } from './fixtures.ts';

const uri = 'file:///net.bn.yaml';
const text = `data: mnist
network:
  - dense: 100

  - batchnorm
  - sigmoid
  - dense: 10
variants:
  lr-x5:
    train: { learningRate: 5x }
  wide:
    network:
      - dense: 200
      - dense: 10
`;

const dense: LayerStatistics = {
  variant: 'base',
  step: 1,
  state: 'training',
  outputMean: Float32Array.of(1, 2, 3),
  outputVariance: Float32Array.of(4),
  meanTrend: [1, 2],
  varianceTrend: [],
};

function notesOf(
  file: string,
  statistics: Readonly<Record<string, readonly LayerStatistics[]>>,
  run: RunSummary | null = null,
) {
  const host = hostWith({
    run: () => run,
    layerStatistics: (of, layer) => (of === uri ? (statistics[layer] ?? []) : []),
  });
  const { uri: about, notes } = liveNotes(readNetworkFile(file), uri, host);
  assert.equal(about, uri);
  return notes;
}

test('without a run there are no notes', () => assert.deepEqual(notesOf(text, {}), []));

test('each layer says its mean and variance on its line', () => {
  assert.deepEqual(notesOf(text, { dense1: [dense], batchnorm1: [batchNormStatistics] }), [
    { line: 2, text: 'mean 2.00  var 4.00' },
    { line: 4, text: 'mean 0.0200  var 0.980  █▅▃▁' },
  ]);
});

test('the base is shown before its variants; a variant alone is named', () => {
  const other = { ...dense, variant: 'lr-x5', outputMean: Float32Array.of(7) };
  assert.deepEqual(notesOf(text, { dense1: [other, dense], dense2: [other] }), [
    { line: 2, text: 'mean 2.00  var 4.00' },
    { line: 6, text: 'mean 7.00  var 4.00  lr-x5' },
  ]);
});

test('a variant with its own network has notes on its own lines', () => {
  const wide = { ...dense, variant: 'wide', outputMean: Float32Array.of(9) };
  assert.deepEqual(notesOf(text, { dense1: [wide] }), [{ line: 12, text: 'mean 9.00  var 4.00' }]);
});

test('a layer with a finding has a mark, also of the variant its line speaks of', () => {
  const run = runOf([
    { ...trainingVariant('base', 1, 2), findings: [gapFinding] },
    { ...trainingVariant('wide', 1, 2), findings: [{ ...gapFinding, layer: 'dense1' }] },
  ]);
  const wide = { ...dense, variant: 'wide' };
  const statistics = { dense1: [dense, wide], batchnorm1: [batchNormStatistics] };
  assert.deepEqual(notesOf(text, statistics, run), [
    { line: 2, text: 'mean 2.00  var 4.00' },
    { line: 4, text: 'mean 0.0200  var 0.980  █▅▃▁  ⚠' },
    { line: 12, text: 'mean 2.00  var 4.00  ⚠' },
  ]);
});

test('a diverged layer says so in words', () => {
  const diverged = { ...dense, outputMean: Float32Array.of(Number.NaN) };
  assert.equal(notesOf(text, { dense1: [diverged] })[0].text, 'mean not a number  var 4.00');
});

test('layers that share a line have no note, nor have those without statistics', () => {
  const flow = 'data: mnist\nnetwork: [dense: 100, dense: 10]\n';
  assert.deepEqual(notesOf(flow, { dense1: [dense], dense2: [dense] }), []);
  const bare = { ...dense, outputMean: undefined };
  assert.deepEqual(notesOf(text, { dense1: [bare] }), []);
});

test('layers inside containers have notes on their lines, of copies the first', () => {
  const nested = `data: mnist
network:
  - concat:
      - - dense: 4
        - batchnorm
      - - dense: 5
  - repeat:
      times: 2
      layers:
        - dense: 9
  - residual: [dense: 9]
  - dense: 10
`;
  const statistics = { dense1: [dense], batchnorm1: [batchNormStatistics], dense2: [dense] };
  const more = { dense3: [dense], dense4: [dense], concat1: [dense], dense5: [dense] };
  assert.deepEqual(notesOf(nested, { ...statistics, ...more, dense6: [dense] }), [
    { line: 2, text: 'mean 2.00  var 4.00' },
    { line: 3, text: 'mean 2.00  var 4.00' },
    { line: 4, text: 'mean 0.0200  var 0.980  █▅▃▁' },
    { line: 5, text: 'mean 2.00  var 4.00' },
    { line: 9, text: 'mean 2.00  var 4.00  dense3' },
    { line: 11, text: 'mean 2.00  var 4.00' },
  ]);
});
