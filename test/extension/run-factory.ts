/** Runs to test with: what a test does not name is unremarkable. */
import type { RunSummary, VariantSummary } from '../../sidecar/protocol/runs.ts';

export function variantOf(given: Partial<VariantSummary> = {}): VariantSummary {
  return {
    variant: 'base',
    state: 'training',
    step: 1234,
    steps: 50_000,
    loss: 0.5,
    testAccuracy: null,
    testLoss: null,
    learningRate: 0.1,
    examplesPerSecond: 1000,
    seconds: 2,
    findings: [],
    ...given,
  };
}

export function runOf(given: Partial<RunSummary> = {}): RunSummary {
  return {
    runId: 'one',
    uri: 'file:///networks/mnist.bn.yaml',
    name: 'mnist',
    variants: [variantOf()],
    folder: null,
    ...given,
  };
}
