/** What a run has measured, made by hand: a network in few words, and probes of which a test says what matters. */
import type { Measured } from '../../sidecar/diagnosis/evidence.ts';
import type { Network } from '../../sidecar/network/types.ts';
import type { GapProbe, Probe, UnitField } from '../../sidecar/protocol/probes.ts';

const quiet: Probe = {
  step: 1000,
  activations: [],
  shifts: [],
  gaps: [],
  batchLoss: 0.3,
  batchAccuracy: 0.9,
  runningLoss: 0.3,
  runningAccuracy: 0.9,
  units: null,
};

export function probe(changes: Partial<Probe>): Probe {
  return { ...quiet, ...changes };
}

export function gap(changes: Partial<GapProbe>): GapProbe {
  const none = { meanLargest: 0, meanMedian: 0, deviationWorst: 1, deviationMedian: 1 };
  return { layer: 'batchnorm1', ...none, ...changes };
}

export function measured(network: Network, ...probes: Probe[]): Measured {
  return { network, probes, unitFields: [], probeExamples: 100 };
}

/** Per-unit quantities over steps, named `layer.quantity`, `[steps][units]`, as probes with units. */
export function withUnits(
  network: Network,
  steps: readonly number[],
  series: Readonly<Record<string, readonly (readonly number[])[]>>,
): Measured {
  const unitFields: UnitField[] = [];
  let length = 0;
  for (const [name, [first]] of Object.entries(series)) {
    const [layer, quantity] = name.split('.');
    unitFields.push({ layer, quantity, offset: length, length: first.length });
    length += first.length;
  }
  const probes = steps.map((step, i) => {
    const values = Float32Array.from(Object.values(series).flatMap((blocks) => blocks[i]));
    return probe({ step, units: Buffer.from(values.buffer).toString('base64') });
  });
  return { ...measured(network, ...probes), unitFields };
}
