/** Optimizers: their state, their kernel calls, and the few numbers that change from step to step. */
import type { Optimizer } from '../network/types.ts';
import type { Arena } from './arena.ts';
import { type Place, panelBytes, panels } from './blocked.ts';
import { type Call, local } from './calls.ts';

/** Float32 that `writeScalars` fills; their meaning is the kernel's. */
export const scalarCount = 5;

/** Bytes a panel leaves behind of its sums of squares: three float64. */
export const sumBytes = 24;

/** The call that updates one parameter, with state of its own from the arena. `sums` gets `sumBytes` a panel. */
export function planUpdate(
  optimizer: Optimizer,
  { parameter, gradient }: { parameter: Place; gradient: number },
  { sums, scalars }: { sums: number; scalars: number },
  arena: Arena,
): Call {
  const state = () => arena.place(parameter).offset;
  const common = [
    ...[panelBytes(parameter), parameter.offset, gradient, sums, scalars],
    optimizer.weightDecay,
  ];
  const call = (kernel: string, ...args: number[]) =>
    local(kernel, panels(parameter), ...common, ...args);
  if (optimizer.kind === 'adam') {
    return call('adam', state(), state(), optimizer.beta1, optimizer.beta2);
  }
  if (optimizer.momentum === 0) return call('sgd');
  const kernel = optimizer.nesterov ? 'sgdNesterov' : 'sgdMomentum';
  return call(kernel, state(), optimizer.momentum);
}

/** Writes what the update of `step` (from 0) needs at the given learning rate. */
export function writeScalars(
  target: Float32Array,
  optimizer: Optimizer,
  rate: number,
  step: number,
): void {
  if (optimizer.kind === 'sgd') {
    target[0] = rate;
    return;
  }
  const { beta1, beta2, epsilon } = optimizer;
  target[0] = rate / (1 - beta1 ** (step + 1));
  target[1] = 1 / Math.sqrt(1 - beta2 ** (step + 1));
  target[2] = epsilon;
  target[3] = 1 - beta1;
  target[4] = 1 - beta2;
}
