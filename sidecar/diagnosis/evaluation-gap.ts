/** A network that is worse in evaluation than in training on the same examples, and the first layer that makes it so. */
import { count, figure, percent } from '../figures.ts';
import { type BatchNorm, isTrainedBatchNorm } from '../network/types.ts';
import type { Finding } from '../protocol/findings.ts';
import type { GapProbe, Probe } from '../protocol/probes.ts';
import type { Evidence } from './evidence.ts';
import { thread } from './references.ts';

/**
 * Below this share of their initial value left, running averages are warm. A variance starts at 1, which may be hundreds
 * of times the true one.
 */
const coldShare = 0.01;
/** Loss with running statistics over that with the batch's own, and for classes also the difference in nats. */
const worseRatio = 2;
const worseBy = 0.5;

export function evaluationGap(evidence: Evidence): Finding | null {
  const { network, probes, probe, probeExamples, recomputedAt } = evidence;
  const { steps } = network.train;
  const bounds = boundsFor(probeExamples);
  // One evaluation may meet the weights in the middle of a leap; but a run may have no other.
  if (probes.length < 2 && probe.step < steps) return null;
  const causes = probes.slice(-2).map((each) => findCause(each, evidence, bounds));
  const cause = causes.at(-1);
  if (!cause || causes.includes(null)) return null;
  const { layer, gap } = cause;
  const share = recomputedAt === undefined ? (1 - layer.momentum) ** probe.step : 0;
  const cold = share > coldShare;
  // They will have been warm for half of the run: nothing to do but wait.
  if (cold && 2 * warmUp(layer.momentum) <= steps) return null;
  return {
    kind: 'evaluation-gap',
    layer: layer.name,
    step: probe.step,
    severity: 'warning',
    title: `Evaluation is worse than training, from ${layer.name} on: its running statistics are off`,
    measured: [
      lossesText(probe),
      gapText(gap, bounds, probeExamples),
      ...(cold ? [coldText(layer, probe.step, share)] : []),
    ].join(' '),
    matters:
      'Evaluation and an exported model normalize by the running statistics, which the weights have not been trained with.',
    remedy: remedyFor(cold, probe.step, steps),
    reference: cold ? thread('keras-team/keras', 10666) : thread('pytorch/pytorch', 4741),
    action: 'recompute-statistics',
  };
}

/** Statistics can be recomputed as long as training is on; what has ended has to be trained again. */
function remedyFor(isCold: boolean, step: number, steps: number): string {
  const isOver = step >= steps;
  if (isCold) {
    const next = `a momentum of ${figure(momentumFor(steps))} or more, or statistics: exact.`;
    return isOver
      ? `Train again with ${next}`
      : `Recompute the statistics over the training set now, and give the next run ${next}`;
  }
  return isOver
    ? 'Train again with statistics: exact, which takes them from the training set at the end, or with a smaller learning rate or a larger batchSize.'
    : 'Recompute the statistics over the training set. If the gap returns, use a smaller learning rate, a larger batchSize, or statistics: exact.';
}

/** The first layer in the network's order whose running statistics are off, where evaluation is worse. */
function findCause(
  probe: Probe,
  { network, probeExamples }: Evidence,
  bounds: Bounds,
): { readonly layer: BatchNorm; readonly gap: GapProbe } | null {
  if (!isWorse(probe, probeExamples)) return null;
  for (const layer of network.layers.filter(isTrainedBatchNorm)) {
    const gap = probe.gaps.find((each) => each.layer === layer.name);
    if (gap !== undefined && exceeds(gap, bounds)) return { layer, gap };
  }
  return null;
}

/** Really worse: by more than a handful of examples, or by a loss that is another one altogether. */
function isWorse(probe: Probe, examples: number): boolean {
  const { batchLoss, runningLoss, batchAccuracy, runningAccuracy } = probe;
  if (batchLoss === null) return false;
  if (runningLoss === null) return true;
  const classes = batchAccuracy !== null && runningAccuracy !== null;
  // The same examples both ways: chance moves few of them.
  if (classes && batchAccuracy - runningAccuracy > 1 / Math.sqrt(examples)) return true;
  return runningLoss > worseRatio * batchLoss && (!classes || runningLoss - batchLoss > worseBy);
}

interface Bounds {
  /** In deviations of the batch. */
  readonly meanMedian: number;
  readonly meanLargest: number;
  /** Factors by which a running deviation may be too large or too small. */
  readonly deviationMedian: number;
  readonly deviationWorst: number;
}

/**
 * What the probe's own noise can't explain. The mean of m examples has a deviation of 1 / sqrt(m) around the true one, and
 * the deviation a relative one of 1 / sqrt(2 (m - 1)). Locations of one example are alike, so that m counts examples alone.
 */
function boundsFor(examples: number): Bounds {
  const ofMean = 1 / Math.sqrt(examples);
  const ofDeviation = 1 / Math.sqrt(2 * Math.max(1, examples - 1));
  return {
    meanMedian: Math.max(0.25, 3 * ofMean),
    meanLargest: Math.max(1, 6 * ofMean),
    deviationMedian: Math.max(1.5, 1 + 4 * ofDeviation),
    deviationWorst: Math.max(3, 1 + 8 * ofDeviation),
  };
}

function exceeds(gap: GapProbe, bounds: Bounds): boolean {
  // Also true of a gap that is not a number.
  const within =
    gap.meanMedian <= bounds.meanMedian &&
    gap.meanLargest <= bounds.meanLargest &&
    factor(gap.deviationMedian) <= bounds.deviationMedian &&
    factor(gap.deviationWorst) <= bounds.deviationWorst;
  return !within;
}

/** 2 for twice as large and for half as large. */
function factor(ratio: number): number {
  return Math.max(ratio, 1 / ratio);
}

function lossesText(probe: Probe): string {
  const { batchLoss, batchAccuracy, runningLoss, runningAccuracy } = probe;
  const own = `${lossText(batchLoss)}${accuracyText(batchAccuracy)}`;
  const running = `${lossText(runningLoss)}${accuracyText(runningAccuracy)}`;
  return `The probe's batch has a loss of ${own} with its own statistics and ${running} with the running ones.`;
}

function lossText(loss: number | null): string {
  return loss === null ? 'no finite value' : figure(loss);
}

function accuracyText(accuracy: number | null): string {
  return accuracy === null ? '' : ` (${percent(accuracy)} right)`;
}

function gapText(gap: GapProbe, bounds: Bounds, examples: number): string {
  const { layer, meanMedian, meanLargest, deviationMedian, deviationWorst } = gap;
  return (
    `In ${layer} the running mean is ${figure(meanMedian)} deviations of the batch away in the median unit, ${figure(meanLargest)} in the worst, ` +
    `and the running deviation ${figure(deviationMedian)} and ${figure(deviationWorst)} times the batch's; ` +
    `a batch of ${count(examples)} explains up to ${figure(bounds.meanMedian)} and a factor of ${figure(bounds.deviationMedian)} in the median.`
  );
}

function coldText({ momentum }: BatchNorm, step: number, share: number): string {
  return `Its running averages have not warmed up: with momentum ${momentum} they still hold ${percent(share)} of their initial values after ${count(step)} steps, (1 - ${momentum})^${step}.`;
}

/** Steps until running averages have forgotten their initial value. */
function warmUp(momentum: number): number {
  return momentum === 1 ? 1 : Math.log(coldShare) / Math.log(1 - momentum);
}

/** A momentum whose averages warm up in a fifth of the steps. */
function momentumFor(steps: number): number {
  return 1 - coldShare ** (5 / Math.max(steps, 5));
}
