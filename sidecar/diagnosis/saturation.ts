/** A sigmoid or tanh most of whose inputs lie where it is flat: the saturation of section 1 of the paper. */
import { percent } from '../figures.ts';
import type { Network } from '../network/types.ts';
import type { Finding } from '../protocol/findings.ts';
import type { Evidence } from './evidence.ts';
import { paper } from './references.ts';

/**
 * Share of inputs with a derivative below a tenth of its largest. Normalized inputs have 0.03 % of a sigmoid's there and
 * 7 % of a tanh's, so that half is far from both.
 */
const mostSaturated = 0.5;

export function saturation({ network, probe }: Evidence): Finding | null {
  const kinds = new Map(network.layers.map(({ name, kind }) => [name, kind]));
  const found = probe.activations.find(({ layer, saturated }) => {
    const kind = kinds.get(layer);
    return (kind === 'sigmoid' || kind === 'tanh') && saturated > mostSaturated;
  });
  if (found === undefined) return null;
  const { layer, saturated, derivative } = found;
  return {
    kind: 'saturation',
    layer,
    step: probe.step,
    severity: 'warning',
    title: `${layer} is saturated: most of its inputs lie where it is flat`,
    measured: `${percent(saturated)} of its inputs have a derivative below a tenth of the largest; the mean derivative is ${percent(derivative / steepest(kinds.get(layer)))} of it.`,
    matters:
      'The gradient of all layers below is multiplied by that derivative: they hardly learn.',
    remedy: remedyFor(layer, network),
    reference: paper('section 1'),
  };
}

function remedyFor(layer: string, { layers }: Network): string {
  const inputs = layers.find(({ name }) => name === layer)!.inputs;
  const before = layers.find(({ name, kind }) => kind === 'batchnorm' && inputs.includes(name));
  if (before !== undefined) {
    return `${before.name} is directly before it, so its gamma and beta put them there: a smaller learning rate changes them less.`;
  }
  return layers.some(({ kind }) => kind === 'batchnorm')
    ? 'Put a batchnorm directly before it, or use a smaller learning rate.'
    : 'Put a batchnorm directly before it, or start from smaller weights.';
}

/** The largest derivative: of a sigmoid and a tanh, at 0. */
function steepest(kind: string | undefined): number {
  return kind === 'sigmoid' ? 0.25 : 1;
}
