/** What is suspicious about the channels of a batch normalization at inference. */
import { figure } from '../../figures.ts';
import type { ChannelProblem } from '../../protocol/inspect.ts';
import type { Affine, Parameters } from '../foreign/normalization.ts';

/**
 * A channel whose gamma is less than a thousandth of its layer's typical one answers to its input a thousand times less
 * than the others: below the resolution of an int8 (1/255) and near that of float16 (1/1024).
 */
const deadShare = 1e-3;
/** Below this gamma is nothing by itself, also where all channels of a layer are like that. */
const deadGamma = 1e-6;
/**
 * Inputs that are four deviations from their mean are no longer float16 above this (65,504 / 4, squared); published
 * models that work reach a tenth of it.
 */
const explodingVariance = (65_504 / 4) ** 2;
/** Or so many times the layer's median: one channel that has run away from the rest, by a factor of 1,000 in deviation. */
const explodingShare = 1e6;

/** The worst first. */
export function findProblems(
  { gamma, beta, mean, variance }: Parameters<Float32Array>,
  { scale, shift }: Affine,
): ChannelProblem[] {
  const channels = (test: (channel: number) => boolean) => Array.from(gamma.keys()).filter(test);
  const isSound = (channel: number) =>
    Number.isFinite(gamma[channel] + beta[channel] + mean[channel] + variance[channel]);
  const typicalGamma = median(gamma.map(Math.abs));
  const typicalVariance = median(variance);
  const found: ChannelProblem[] = [];
  const add = (
    kind: ChannelProblem['kind'],
    severity: ChannelProblem['severity'],
    test: (channel: number) => boolean,
    text: (list: string, channel: number) => string,
  ) => {
    const some = channels(test);
    if (some.length > 0) {
      found.push({
        kind,
        severity,
        channels: some,
        text: text(listed(some, gamma.length), some[0]),
      });
    }
  };
  add(
    'non-finite',
    'error',
    (channel) => !isSound(channel),
    (list) =>
      `${list}: expected finite parameters and statistics, found NaN or infinity, so every output of these channels is NaN or infinity; train again from a checkpoint before it diverged.`,
  );
  add(
    'negative-variance',
    'error',
    (channel) => variance[channel] < 0,
    (list, first) =>
      `${list}: expected a running variance of at least 0, found ${figure(variance[first])}, whose square root is NaN once epsilon does not make up for it; no training leaves this, so the file was changed or damaged.`,
  );
  add(
    'exploding-variance',
    'warning',
    (channel) =>
      isSound(channel) &&
      (variance[channel] > explodingVariance ||
        (typicalVariance > 0 && variance[channel] > explodingShare * typicalVariance)),
    (list, first) =>
      `${list}: the running variance is ${figure(variance[first])} (median of the layer: ${figure(typicalVariance)}), so the input of these channels has left the others far behind, or float16's range; training has diverged there, or the statistics stem from other data: recompute them over the training set.`,
  );
  add(
    'zero-variance',
    'warning',
    (channel) => variance[channel] === 0,
    (list, first) =>
      `${list}: the running variance is 0, so the input was constant in training, and any other value is scaled by gamma / sqrt(epsilon) = ${figure(scale[first])}; the channel before it is dead or masked: prune it or train again.`,
  );
  add(
    'dead',
    'warning',
    (channel) =>
      isSound(channel) &&
      (Math.abs(gamma[channel]) < deadGamma || Math.abs(gamma[channel]) < deadShare * typicalGamma),
    (list, first) =>
      `${list}: gamma is ${figure(gamma[first])} (typically ${figure(typicalGamma)} in this layer), so the output is all but constant at ${figure(shift[first])} whatever the input; these channels can be pruned, their constant added to the next layer's bias.`,
  );
  return found;
}

/** `Channels 0, 4 and 7`, `All 16 channels`. */
function listed(channels: readonly number[], all: number): string {
  if (channels.length === all && all > 1) return `All ${all} channels`;
  if (channels.length === 1) return `Channel ${channels[0]}`;
  const shown = channels.slice(0, 8);
  if (channels.length > shown.length) {
    return `Channels ${shown.join(', ')} and ${channels.length - shown.length} more`;
  }
  return `Channels ${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** Of the finite values; 0 where there is none. */
function median(values: Float32Array): number {
  const sorted = values.filter(Number.isFinite).sort();
  return sorted.length === 0 ? 0 : sorted[Math.floor((sorted.length - 1) / 2)];
}
