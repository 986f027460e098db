/** What can be known to be wrong with a change before the thread that trains is asked. */
import { largestLearningRate } from '../network/train.ts';
import type { Network } from '../network/types.ts';
import type { ControlAction } from '../protocol/control.ts';
import { RunError } from './prepare.ts';
import { scalableLayers } from './scale-weights.ts';

/** Throws a RunError with what was expected; messages come from outside and may say anything. */
export function checkAction(action: ControlAction, network: Network): void {
  const { kind } = action;
  switch (kind) {
    case 'pause':
    case 'continue':
    case 'step':
    case 'recompute-statistics':
      return;
    case 'learning-rate':
      if (action.value > 0 && action.value <= largestLearningRate) return;
      throw new RunError(
        `learning-rate: expected a number above 0 and at most ${largestLearningRate}, found ${action.value}`,
      );
    case 'evaluation-statistics':
      if (action.use === 'batch' || action.use === 'running') return;
      throw new RunError(`evaluation-statistics: expected batch or running, found ${action.use}`);
    case 'scale-weights':
      checkScaling(action, network);
      return;
    default:
      throw new RunError(`expected something that can be changed, found ${action satisfies never}`);
  }
}

function checkScaling(
  { layer, factor }: Extract<ControlAction, { kind: 'scale-weights' }>,
  network: Network,
): void {
  const names = scalableLayers(network);
  if (!names.includes(layer)) {
    const known = network.layers.find(({ name }) => name === layer);
    const found = known ? `${layer}, which is a ${known.kind}` : `no layer ${layer}`;
    throw new RunError(
      `scale-weights: expected a layer with weights, found ${found}; there is ${names.join(', ') || 'none'}`,
    );
  }
  if (factor > 0 && Number.isFinite(factor)) return;
  throw new RunError(`scale-weights: expected a finite factor above 0, found ${factor}`);
}
