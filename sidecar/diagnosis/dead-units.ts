/** Units that have stopped to matter: flat for every example of the probe's batch, or scaled to nothing by their gamma. */
import { count, percent } from '../figures.ts';
import type { Finding } from '../protocol/findings.ts';
import type { Evidence } from './evidence.ts';
import { seriesOf } from './evidence.ts';

/** Share of a layer's units; some always rest for the examples of one batch, and the network does without them. */
const tooMany = 1 / 3;
/** Of the deviation that a unit puts out; 1 is where gamma starts. */
const vanishing = 0.01;

interface Dead {
  readonly layer: string;
  readonly share: number;
  readonly cause: 'flat' | 'gamma';
}

export function deadUnits(evidence: Evidence): Finding | null {
  const { network, probe } = evidence;
  const found = network.layers
    .map(({ name }) => deadOf(name, evidence))
    .find((dead) => dead !== null && dead.share > tooMany);
  if (!found) return null;
  const { layer, share, cause } = found;
  const { output } = network.layers.find(({ name }) => name === layer)!;
  const units = `${count(share * output[0])} of ${count(output[0])} units (${percent(share)})`;
  const common = { kind: 'dead-units', layer, step: probe.step, severity: 'warning' } as const;
  if (cause === 'gamma') {
    return {
      ...common,
      title: `${layer} has switched off ${percent(share)} of its units`,
      measured: `${units} have a gamma within ±${vanishing}: whatever comes in, they put out their beta.`,
      matters: 'What such a unit computes reaches no layer above it, and it learns no more.',
      remedy:
        'Leave gamma and beta out of the weight decay or make it smaller, or take fewer units.',
      reference: {
        title: 'Liu et al. 2017, Network Slimming',
        url: 'https://arxiv.org/abs/1708.06519',
      },
    };
  }
  const before = network.layers.find(({ name }) => name === layer)!.inputs[0];
  const normalized = network.layers.some(
    ({ name, kind }) => name === before && kind === 'batchnorm',
  );
  return {
    ...common,
    title: `${layer} has ${percent(share)} dead units`,
    measured: `The derivative of ${units} is next to zero for every example of the probe's batch.`,
    matters:
      'No gradient passes through such a unit: neither it nor what leads to it learns any more.',
    remedy: normalized
      ? 'Use a smaller learning rate, or leaky-relu, which is nowhere flat.'
      : 'Put a batchnorm before it, use a smaller learning rate, or leaky-relu, which is nowhere flat.',
    reference: {
      title: 'Lu et al. 2019, Dying ReLU and Initialization',
      url: 'https://arxiv.org/abs/1903.06733',
    },
  };
}

function deadOf(layer: string, evidence: Evidence): Dead | null {
  const probe = evidence.probe.activations.find((each) => each.layer === layer);
  if (probe) return { layer, share: probe.dead, cause: 'flat' };
  const gamma = seriesOf(evidence, layer, 'gamma')?.at(-1);
  if (gamma === undefined) return null;
  const off = gamma.filter((value) => Math.abs(value) < vanishing).length;
  return { layer, share: off / gamma.length, cause: 'gamma' };
}
