/** Lets everybody else go first, so that a run at full speed holds up neither hovers nor the editor. */
import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Steps of niceness, 0 to 19: with 5 a thread still gets a quarter of a core that another one wants whole. */
const niceness = 5;

/**
 * Lowers the priority of the calling thread and of the threads it starts from now on. On Linux alone, where each thread
 * has a priority of its own; elsewhere, and where it is not allowed, threads stay as they are.
 */
export function lowerPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    // `<process>/task/<thread>`; an empty name would be the whole process.
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (thread === 0 || thread === process.pid) return;
    setPriority(thread, Math.max(getPriority(thread), niceness));
  } catch {
    // Nothing depends on it.
  }
}
