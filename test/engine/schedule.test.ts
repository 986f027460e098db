import { test } from 'node:test';
import { learningRateAt } from '../../sidecar/engine/schedule.ts';
import type { Schedule } from '../../sidecar/network/types.ts';
import { assertClose } from './close.ts';
import { dense, networkOf } from './networks.ts';

/** Rates of the first nine steps from a base rate of 0.8. */
function rates(schedule: Schedule, steps = 9): number[] {
  const { train } = networkOf(1, [dense(1)], { learningRate: 0.8, schedule, steps });
  return Array.from({ length: 9 }, (_, step) => learningRateAt(train, step));
}

const exact = { relative: 1e-12, absolute: 1e-15 };

test('constant, after a linear warm-up of four steps', () => {
  const expected = [0.2, 0.4, 0.6, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8];
  assertClose(rates({ kind: 'constant', warmup: 4 }), expected, exact, 'rates');
});

test('step: halved every three steps', () => {
  const expected = [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2];
  assertClose(rates({ kind: 'step', warmup: 0, every: 3, factor: 0.5 }), expected, exact, 'rates');
});

test('step counts from the end of the warm-up', () => {
  const expected = [0.4, 0.8, 0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2];
  assertClose(rates({ kind: 'step', warmup: 2, every: 3, factor: 0.5 }), expected, exact, 'rates');
});

test('exponential: smoothly a quarter in two steps', () => {
  const expected = [0.8, 0.4, 0.2, 0.1, 0.05, 0.025, 0.0125, 0.00625, 0.003125];
  const schedule = { kind: 'exponential', warmup: 0, every: 2, factor: 0.25 } as const;
  assertClose(rates(schedule), expected, exact, 'rates');
});

test('cosine: half a wave down to the final rate at the last step', () => {
  const wave = (x: number) => 0.2 + 0.3 * (1 + Math.cos(x));
  const expected = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((step) => wave((step * Math.PI) / 8));
  assertClose(rates({ kind: 'cosine', warmup: 0, final: 0.2 }), expected, exact, 'rates');
});

test('cosine after a warm-up spends the remaining steps', () => {
  const expected = [0.4, 0.8, 0.8, 0.4, 0, 0, 0, 0, 0];
  assertClose(rates({ kind: 'cosine', warmup: 2, final: 0 }, 5), expected, exact, 'rates');
});
