/** What can be known to be wrong with a change before the thread that trains is asked. */
import { largestLearningRate } from '../network/train.ts';
import type { Network } from '../network/types.ts';
import type { ControlAction } from '../protocol/control.ts';
import { RunError } from './prepare.ts';
import { scalableLayers } from './scale-weights.ts';

/** Throws a RunError with what was expected; a message comes from outside and may say anything. */
export function checkAction(action: ControlAction, network: Network): void {
  if (action === null || typeof action !== 'object') throw notAnAction(action);
  const { kind } = action;
  switch (kind) {
    case 'pause':
    case 'continue':
    case 'step':
    case 'recompute-statistics':
      return;
    case 'learning-rate': {
      const { value } = action;
      if (isAboveZero(value) && value <= largestLearningRate) return;
      throw new RunError(
        `${kind}: expected a number above 0 and at most ${largestLearningRate}, found ${say(value)}`,
      );
    }
    case 'evaluation-statistics':
      if (action.use === 'batch' || action.use === 'running') return;
      throw new RunError(`${kind}: expected batch or running, found ${say(action.use)}`);
    case 'scale-weights':
      checkScaling(action, network);
      return;
    default:
      action satisfies never;
      throw notAnAction(action);
  }
}

function notAnAction(found: unknown): RunError {
  return new RunError(`expected something that can be changed, found ${say(found)}`);
}

function checkScaling(
  { kind, layer, factor }: Extract<ControlAction, { kind: 'scale-weights' }>,
  network: Network,
): void {
  const names = scalableLayers(network);
  if (!names.includes(layer)) {
    const known = network.layers.find(({ name }) => name === layer);
    const found = known ? `${layer}, which is a ${known.kind}` : `no layer ${say(layer)}`;
    throw new RunError(
      `${kind}: expected a layer with weights, found ${found}; there is ${names.join(', ') || 'none'}`,
    );
  }
  if (!isAboveZero(factor)) {
    throw new RunError(`${kind}: expected a finite factor above 0, found ${say(factor)}`);
  }
}

function isAboveZero(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

function say(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
