/** Runs as reports take them, made by hand. */
import type { Probe } from '../../sidecar/protocol/probes.ts';
import type { ReportSource, VariantSource } from '../../sidecar/report/source.ts';

/** What a run says that a number ended which was not finite. */
export const diverged: Partial<VariantSource> = {
  state: 'failed',
  findings: [
    {
      ...{ kind: 'non-finite', layer: 'dense1', step: 150, severity: 'error' },
      ...{ title: 'Not finite', measured: 'NaN.', matters: 'It ends.', remedy: 'Go slower.' },
      reference: { title: 'a thread', url: 'https://example.org/' },
    },
  ],
};

/** An accuracy for each 100 steps; null for one that was not finite. */
export function variantOf(
  variant: string,
  accuracies: readonly (number | null)[],
  rest: Partial<VariantSource> = {},
): VariantSource {
  const evaluations = accuracies.map((testAccuracy, index) => ({
    step: 100 * (index + 1),
    testAccuracy,
    testLoss: testAccuracy === null ? null : 1 - testAccuracy,
    validationLoss: null,
    validationAccuracy: null,
  }));
  const last = evaluations.at(-1);
  return {
    variant,
    state: 'finished',
    seed: 1,
    recipe: variant,
    learningRate: 0.1,
    initialization: 'he',
    batchSize: 60,
    parameters: 1000,
    steps: 100 * accuracies.length,
    stepsMade: 100 * accuracies.length,
    final: last === undefined ? null : { loss: last.testLoss, accuracy: last.testAccuracy },
    evaluations,
    probes: [],
    events: [],
    findings: [],
    population: null,
    note: null,
    error: null,
    ...rest,
  };
}

export function sourceOf(
  variants: readonly VariantSource[],
  rest: Partial<ReportSource> = {},
): ReportSource {
  return {
    name: 'net',
    file: { name: 'net.bn.yaml', text: 'data: mnist\n', sha256: 'ab12' },
    command: 'batchnorm train net.bn.yaml --all-variants',
    versions: { batchnorm: '1.2.3', node: '24.0.0' },
    data: {
      name: 'mnist',
      hash: 'cd34',
      input: [1, 28, 28],
      trainExamples: 60_000,
      validationExamples: 0,
      testExamples: 10_000,
      commonest: 0.1,
    },
    variants,
    grids: [],
    request: null,
    ensemble: null,
    ...rest,
  };
}

export const request = {
  title: null,
  baseline: null,
  percentiles: null,
  ensemble: null,
  populationStatistics: false,
  published: [],
} as const;

/** Percentiles of every unit of `sigmoid1`: `rows` are low, mid and high, each one number a unit. */
export function probeOf(step: number, rows: readonly (readonly number[])[]): Probe {
  return {
    step,
    activations: [
      {
        layer: 'sigmoid1',
        histogram: { low: 0, high: 1, counts: [] },
        saturated: 0,
        saturatedUnits: 0,
        derivative: 0,
        dead: 0,
        percentiles: Buffer.from(Float32Array.from(rows.flat()).buffer).toString('base64'),
      },
    ],
    shifts: [],
    gaps: [],
    batchLoss: null,
    batchAccuracy: null,
    runningLoss: null,
    runningAccuracy: null,
    units: null,
  };
}
