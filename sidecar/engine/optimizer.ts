/** Optimizers: their state, their kernel calls, and the few numbers that change from step to step. */
import type { Optimizer } from '../network/types.ts';
import type { Arena } from './arena.ts';
import { type Place, panelBytes, panels } from './blocked.ts';
import { type Call, local } from './calls.ts';

/** Float32 that `writeScalars` fills; their meaning is the kernels'. */
export const scalarCount = 7;

/** Bytes a panel leaves behind of its sums of squares: three float64. */
export const sumBytes = 24;

/** A parameter with its gradient, and where each panel leaves `sumBytes`. */
export interface Updated {
  readonly place: Place;
  readonly gradient: Place;
  readonly sums: number;
  /** Whether it is a weight, not a bias, gamma or beta. */
  readonly isWeight: boolean;
}

/** The call that only measures a parameter and its gradient. */
export function planSums({ place, gradient, sums }: Updated): Call {
  const where = [panelBytes(place), place.offset, gradient.offset, sums];
  return local('parameterSums', panels(place), ...where);
}

/** The same steps without weight decay; AdamW's decay is all that tells it from Adam. */
export function withoutDecay(optimizer: Optimizer): Optimizer {
  return optimizer.kind === 'adamw'
    ? { ...optimizer, kind: 'adam', weightDecay: 0 }
    : { ...optimizer, weightDecay: 0 };
}

/** The call that updates one parameter at `factor` times the learning rate, with state of its own from the arena. */
export function planUpdate(
  optimizer: Optimizer,
  { place, gradient, sums }: Updated,
  factor: number,
  scalars: number,
  arena: Arena,
): Call {
  const state = () => arena.place(place).offset;
  const call = (kernel: string, ...args: number[]) =>
    local(
      kernel,
      panels(place),
      ...[panelBytes(place), place.offset, gradient.offset, sums, scalars],
      ...[factor, optimizer.weightDecay, ...args],
    );
  switch (optimizer.kind) {
    case 'sgd': {
      const { momentum, nesterov } = optimizer;
      if (momentum === 0) return call('sgd');
      return call(nesterov ? 'sgdNesterov' : 'sgdMomentum', state(), momentum);
    }
    case 'adam':
    case 'adamw':
      return call(optimizer.kind, state(), state(), optimizer.beta1, optimizer.beta2);
    case 'rmsprop': {
      const { decay, momentum } = optimizer;
      if (momentum === 0) return call('rmsprop', state(), decay);
      return call('rmspropMomentum', state(), state(), decay, momentum);
    }
    case 'adagrad':
      return call('adagrad', state());
  }
}

/** Writes what the update of `step` (from 0) needs at the given learning rate; clipping overwrites its coefficient. */
export function writeScalars(
  target: Float32Array,
  optimizer: Optimizer,
  rate: number,
  step: number,
): void {
  target[0] = 1;
  target[1] = rate;
  if (optimizer.kind === 'sgd') return;
  target[2] = optimizer.epsilon;
  if (optimizer.kind === 'rmsprop') target[3] = 1 - optimizer.decay;
  if (optimizer.kind !== 'adam' && optimizer.kind !== 'adamw') return;
  const { beta1, beta2, weightDecay } = optimizer;
  target[1] = rate / (1 - beta1 ** (step + 1));
  target[3] = 1 / Math.sqrt(1 - beta2 ** (step + 1));
  target[4] = 1 - beta1;
  target[5] = 1 - beta2;
  target[6] = rate * weightDecay;
}
