/** Derivatives of the activations as functions of their input u, for statistics; steps use those of the kernels. */
import type { Layer } from '../../network/types.ts';

export interface Derivative {
  at(u: number): number;
  /** Largest value of all. */
  readonly largest: number;
}

/** Null for layers that are no activation of single values. */
export function derivativeOf(layer: Layer): Derivative | null {
  switch (layer.kind) {
    case 'sigmoid':
      return peakingAt(0, (u) => sigmoid(u) * sigmoid(-u));
    case 'tanh':
      return peakingAt(0, (u) => 1 - Math.tanh(u) ** 2);
    case 'relu':
      return peakingAt(1, (u) => Number(u > 0));
    case 'leaky-relu':
      return peakingAt(1, (u) => (u > 0 ? 1 : layer.slope));
    case 'softplus':
      return peakingAt(Number.POSITIVE_INFINITY, sigmoid);
    case 'gelu':
      return peakingAt(Math.SQRT2, geluDerivative);
    case 'silu':
      return peakingAt(siluPeak, (u) => sigmoid(u) * (1 + u * sigmoid(-u)));
    default:
      return null;
  }
}

/** Where the derivative of SiLU is largest: the positive root of its second derivative. */
const siluPeak = 2.399357280515467;

function peakingAt(u: number, at: (u: number) => number): Derivative {
  return { at, largest: at(u) };
}

function sigmoid(u: number): number {
  return 1 / (1 + Math.exp(-u));
}

/** Phi(u) + u phi(u), of the normal distribution and its density. */
function geluDerivative(u: number): number {
  return 0.5 * (1 + erf(u / Math.SQRT2)) + (u * Math.exp(-(u * u) / 2)) / Math.sqrt(2 * Math.PI);
}

/** Abramowitz and Stegun, formula 7.1.26: off by 1.5e-7 at most. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const terms = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];
  const sum = terms.reduceRight((rest, term) => (rest + term) * t, 0);
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}
