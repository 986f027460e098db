/**
 * The first layer whose distribution goes one way and keeps going. Before a batch normalization it counts how far it goes
 * while the running averages follow; elsewhere, how far it has gone in the second half of the steps made, since the
 * layers above have had to learn after it (section 1 of the paper).
 */
import { count, figure } from '../figures.ts';
import { isWeighted, type Layer, type Network } from '../network/types.ts';
import type { Finding } from '../protocol/findings.ts';
import { type Evidence, meanOf, median, seriesOf } from './evidence.ts';
import { paper, thread } from './references.ts';

/** Fewer points make no trend. */
const fewestBlocks = 5;
/** Share of a unit's variation over steps that a straight line has to explain (squared correlation). */
const straight = 0.8;
/** Deviations that the mean may trail behind, and the factor in deviation. */
const lagging = { mean: 0.5, deviation: 1.5 };
/** Share of the run's steps before which going somewhere is no sign. */
const earliest = 0.25;
/** Deviations that a mean may go in the second half of a training, and the factor in deviation. */
const wandering = { mean: 1, deviation: 2 };

interface Drift {
  /** The median unit's, over all recent steps: of the mean in deviations, and the factor of the deviation. */
  readonly mean: number;
  readonly deviation: number;
}

export function driftingLayer(evidence: Evidence): Finding | null {
  if (evidence.recent.length < fewestBlocks) return null;
  for (const layer of evidence.network.layers) {
    const finding =
      layer.kind === 'batchnorm'
        ? laggingFinding(layer, evidence)
        : feedsUnnormalized(layer, evidence.network)
          ? wanderingFinding(layer, evidence)
          : null;
    if (finding !== null) return finding;
  }
  return null;
}

/** A layer that learns and whose outputs others take as they are. The network's own output may go where the loss wants it. */
function feedsUnnormalized({ name, kind }: Layer, { layers }: Network): boolean {
  const above = layers.filter(({ inputs }) => inputs.includes(name));
  return isWeighted(kind) && above.length > 0 && above.every((each) => each.kind !== 'batchnorm');
}

function laggingFinding(
  layer: Extract<Layer, { kind: 'batchnorm' }>,
  evidence: Evidence,
): Finding | null {
  if (layer.state !== 'train') return null;
  const drift = driftOf(layer.name, 'input', evidence);
  if (drift === null) return null;
  const { span } = spanOf(evidence);
  // An average with this momentum holds on the whole what was 1 / momentum steps ago.
  const age = 1 / layer.momentum / span;
  const lag = { mean: drift.mean * age, deviation: drift.deviation ** age };
  if (!exceeds(lag, lagging)) return null;
  return {
    ...common(layer, evidence),
    title: `${layer.name} drifts faster than its running averages follow`,
    measured: `${driftText(drift, evidence)} With momentum ${layer.momentum} the running averages are ${count(1 / layer.momentum)} steps old: the mean trails by ${figure(lag.mean)} deviations, the deviation by a factor of ${figure(lag.deviation)}.`,
    matters: 'Evaluation and an exported model use running statistics of a network that is gone.',
    remedy: `Use a smaller learning rate or one that decays, or a larger momentum than ${layer.momentum}; statistics: exact computes them anew at the end.`,
    reference: thread('tensorflow/tensorflow', 44371),
    action: 'recompute-statistics',
  };
}

function wanderingFinding(layer: Layer, evidence: Evidence): Finding | null {
  // Early on every layer goes somewhere: that is learning.
  if (evidence.probe.step < earliest * evidence.network.train.steps) return null;
  const drift = driftOf(layer.name, 'output', evidence);
  if (drift === null || !exceeds(drift, wandering)) return null;
  return {
    ...common(layer, evidence),
    title: `The outputs of ${layer.name} drift`,
    measured: driftText(drift, evidence),
    matters:
      'The layers above learn on inputs that change under them, and what drifts into the flat part of an activation learns no more.',
    remedy: `Put a batchnorm after ${layer.name}, or use a smaller learning rate.`,
    reference: paper('section 1'),
  };
}

function common({ name }: Layer, { probe }: Evidence) {
  return {
    kind: 'drifting-layer',
    layer: name,
    step: probe.step,
    severity: 'warning',
  } as const;
}

function exceeds(drift: Drift, bound: Drift): boolean {
  return (
    drift.mean > bound.mean || Math.max(drift.deviation, 1 / drift.deviation) > bound.deviation
  );
}

function spanOf({ recent }: Evidence) {
  const from = recent[0].step;
  const to = recent[recent.length - 1].step;
  return { from, to, span: to - from };
}

function driftText({ mean, deviation }: Drift, evidence: Evidence): string {
  const { from, to } = spanOf(evidence);
  return `From step ${count(from)} to ${count(to)} the mean of its median unit has gone ${figure(mean)} deviations, the deviation to ${figure(deviation)} times what it was.`;
}

function driftOf(layer: string, side: 'input' | 'output', evidence: Evidence): Drift | null {
  const means = seriesOf(evidence, layer, `${side}Mean`);
  const variances = seriesOf(evidence, layer, `${side}Variance`);
  if (means === null || variances === null) return null;
  const steps = evidence.recent.map(({ step }) => step);
  const ofMean: number[] = [];
  const ofDeviation: number[] = [];
  for (let unit = 0; unit < means[0].length; unit++) {
    const spread = Math.sqrt(median(variances.map((block) => block[unit])));
    // A unit that puts out one number has no deviation to measure by.
    if (!(spread > 0)) continue;
    ofMean.push(
      Math.abs(
        trend(
          steps,
          means.map((block) => block[unit]),
        ),
      ) / spread,
    );
    ofDeviation.push(
      trend(
        steps,
        variances.map((block) => Math.log(block[unit]) / 2),
      ),
    );
  }
  if (ofMean.length === 0) return null;
  return { mean: median(ofMean), deviation: Math.exp(median(ofDeviation)) };
}

/** How far the least-squares line goes over all steps; 0 where the values do not follow a line. */
function trend(steps: readonly number[], values: readonly number[]): number {
  const middle = meanOf(steps);
  const level = meanOf(values);
  let [across, along, around] = [0, 0, 0];
  for (const [i, step] of steps.entries()) {
    along += (step - middle) ** 2;
    across += (step - middle) * (values[i] - level);
    around += (values[i] - level) ** 2;
  }
  if (!(across ** 2 > straight * along * around)) return 0;
  return (across / along) * (steps[steps.length - 1] - steps[0]);
}
