/** How many threads a plan has use for. */
import type { Call } from './calls.ts';
import type { Plan } from './plan.ts';

/**
 * Multiplications with addition in a step that a thread must have to itself, some hundred microseconds: with less the
 * barriers, and threads that are late because the machine does other things, cost more than another thread brings.
 */
const workPerThread = 5e6;

/** At most `limit`, fewer for a small network, whose steps more threads would slow down. */
export function usefulThreads({ training, work }: Plan, limit: number): number {
  const widest = Math.max(...[...training.forward, ...training.backward].map(shares));
  return Math.max(1, Math.min(limit, Math.floor(work / workPerThread), widest));
}

function shares({ panels, parts }: Call): number {
  return panels * parts;
}
