/** The derivatives of activations, to be drawn behind the distributions of their inputs. */

type Derivative = (u: number) => number;

/** Share of the largest derivative below which the probes call an input saturated. */
const flatShare = 0.1;

const logistic: Derivative = (u) => 1 / (1 + Math.exp(-u));
const density: Derivative = (u) => Math.exp((-u * u) / 2) / Math.sqrt(2 * Math.PI);

/** By kind of layer. A leaky ReLU's depends on its slope, which a dashboard is not told. */
const derivatives: Readonly<Record<string, Derivative>> = {
  sigmoid: (u) => logistic(u) * (1 - logistic(u)),
  tanh: (u) => 1 - Math.tanh(u) ** 2,
  relu: (u) => (u > 0 ? 1 : 0),
  softplus: logistic,
  gelu: (u) => normalShare(u) + u * density(u),
  silu: (u) => logistic(u) * (1 + u * (1 - logistic(u))),
};

export interface ActivationShape {
  readonly derivative: Derivative;
  readonly largest: number;
  isFlat(u: number): boolean;
}

/** Null for a kind whose derivative is not known here. */
export function activationShape(kind: string): ActivationShape | null {
  const derivative = derivatives[kind];
  if (!derivative) return null;
  // All of them reach their largest within this range, or come as near to it as matters.
  const inputs = Array.from({ length: 2001 }, (_, index) => (index - 1000) / 100);
  const largest = Math.max(...inputs.map(derivative));
  return { derivative, largest, isFlat: (u) => Math.abs(derivative(u)) < flatShare * largest };
}

/** Share of a normal distribution below `u`; Abramowitz and Stegun 7.1.26, error below 1e-7. */
function normalShare(u: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(u)) / Math.SQRT2);
  const series = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const tail = series.reduce((sum, factor) => (sum + factor) * t, 0) * Math.exp((-u * u) / 2);
  return u < 0 ? tail / 2 : 1 - tail / 2;
}
