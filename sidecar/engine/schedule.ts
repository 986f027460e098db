/** Learning-rate schedules as pure functions of the step, which counts from 0. */
import type { Train } from '../network/types.ts';

/**
 * Rate of a step. During `warmup` steps it rises linearly, `base (step + 1) / warmup`. After them, with t steps since:
 * - constant: base
 * - step: base factor^floor(t / every)
 * - exponential: base factor^(t / every)
 * - cosine: final + (base - final) (1 + cos(pi t / T)) / 2, T the last step after warm-up, whose rate is `final`.
 */
export function learningRateAt(train: Train, step: number): number {
  const { learningRate: base, schedule } = train;
  if (step < schedule.warmup) return (base * (step + 1)) / schedule.warmup;
  const t = step - schedule.warmup;
  switch (schedule.kind) {
    case 'constant':
      return base;
    case 'step':
      return base * schedule.factor ** Math.floor(t / schedule.every);
    case 'exponential':
      return base * schedule.factor ** (t / schedule.every);
    case 'cosine': {
      const last = Math.max(1, train.steps - 1 - schedule.warmup);
      const progress = Math.min(1, t / last);
      return schedule.final + ((base - schedule.final) * (1 + Math.cos(Math.PI * progress))) / 2;
    }
  }
}
