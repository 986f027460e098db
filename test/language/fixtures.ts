/** Runs and statistics with round figures, as a host would hand them to the language features. */
import type { Position } from 'vscode-languageserver';
import type { LanguageHost, LayerStatistics } from '../../sidecar/language/host.ts';
import type { DataSummary } from '../../sidecar/network/types.ts';
import type { Finding } from '../../sidecar/protocol/findings.ts';
import type { RunSummary, VariantSummary } from '../../sidecar/protocol/runs.ts';

export function trainingVariant(variant: string, step: number, steps: number): VariantSummary {
  return {
    variant,
    state: 'training',
    step,
    steps,
    loss: 0.5,
    testAccuracy: 0.9,
    testLoss: 0.4,
    learningRate: 0.1,
    examplesPerSecond: 1000,
    seconds: 3,
    findings: [],
  };
}

export function runOf(
  variants: readonly VariantSummary[],
  uri = 'file:///net.bn.yaml',
): RunSummary {
  return { runId: 'r1', uri, name: 'net', variants, folder: null };
}

export const gapFinding: Finding = {
  kind: 'evaluation-gap',
  layer: 'batchnorm1',
  step: 1200,
  severity: 'warning',
  title: 'Evaluation is worse',
  measured: 'The mean is 2.30 deviations away. In batchnorm1 it is more.',
  matters: 'Exports use it.',
  remedy: 'Recompute the statistics.',
  reference: {
    title: 'pytorch/pytorch#4741',
    url: 'https://github.com/pytorch/pytorch/issues/4741',
  },
  action: 'recompute-statistics',
};

export const batchNormStatistics: LayerStatistics = {
  variant: 'base',
  step: 1240,
  state: 'training',
  inputMean: Float32Array.of(0.3, 0.02, -0.1),
  inputVariance: Float32Array.of(0.98, 1.75, 0.5),
  runningMean: Float32Array.of(0.25, 0.015, -0.08),
  runningVariance: Float32Array.of(1.01, 1.5, 0.6),
  outputMean: Float32Array.of(0, 0, 0),
  outputVariance: Float32Array.of(1, 1, 1),
  gamma: Float32Array.of(1, 1.1, 0.9),
  beta: Float32Array.of(0, 0.05, -0.05),
  gradientNorm: 0.0123,
  updateRatio: 0.001,
  meanTrend: [0, 0.006, 0.011, 0.02],
  varianceTrend: [2, 1.6, 1.3, 0.98],
};

export const mnistSummary: DataSummary = {
  name: 'MNIST',
  input: [1, 28, 28],
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  trainExamples: 60_000,
  testExamples: 10_000,
};

/** A host with what the test gives, without runs and with the data set of a file that says `mnist`. */
export function hostWith(parts: Partial<LanguageHost> = {}): LanguageHost {
  return {
    describeData: async () => mnistSummary,
    layerStatistics: () => [],
    run: () => null,
    ...parts,
  };
}

/** A text with `|` where the cursor stands, as the text without it and the position. */
export function marked(text: string): { text: string; position: Position } {
  const before = text.slice(0, text.indexOf('|')).split('\n');
  const position = { line: before.length - 1, character: before[before.length - 1].length };
  return { text: text.replace('|', ''), position };
}
