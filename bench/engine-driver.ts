/** The engine's driver: variant `relaxed` or `simd`, also `quiet` (no statistics) and `dashboard` (a whole run, watched). */
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { FrameCursor } from '../sidecar/runs/frames.ts';
import { Run } from '../sidecar/runs/run.ts';
import { version } from '../sidecar/version.ts';
import { type Subject, serveDriver, type Task } from './driver.ts';
import { engineRun, prepareEngine } from './engine.ts';

/** As often as the language server sends frames. */
const frameInterval = 50;
/** Long enough for two frames; the time without statistics is taken over as long. */
const watchedMilliseconds = 2 * frameInterval;
/** How often the time of one run is taken. */
const looks = 4;

/**
 * Steps of a run before its time is taken: its kernels are compiled by then, as those it is compared with are, and its
 * history still keeps every step.
 */
const warmSteps = 300;

const versions = { 'batchnorm-lab': version, node: process.versions.node };

await serveDriver((task) => (task.variant === 'dashboard' ? watched(task) : alone(task)));

async function alone({ work, threads, variant }: Task): Promise<Subject> {
  const statistics = variant !== 'quiet';
  const build = variant === 'simd' ? 'simd' : 'relaxed';
  const { trainer } = await prepareEngine(work, { threads, build, statistics });
  if (statistics) return { versions, step: () => trainer.step() };
  return {
    versions,
    async block() {
      const [start, before] = [performance.now(), trainer.stepsDone];
      while (performance.now() < start + watchedMilliseconds) trainer.step();
      return [(performance.now() - start) / (trainer.stepsDone - before)];
    },
  };
}

/**
 * The sidecar's own run in a thread of its own, its history sent as to a dashboard that is open. Each block is a run
 * from the start, so that nothing trains while others have their turn.
 */
async function watched({ work, threads }: Task): Promise<Subject> {
  return {
    versions,
    async block() {
      const run = new Run({ ...engineRun(work), threads, clock: () => performance.now() });
      const cursor = new FrameCursor(run);
      const ended = run.train();
      const frames = setInterval(() => JSON.stringify(cursor.frame()), frameInterval);
      const [variant] = run.variants;
      while (run.active && variant.step < warmSteps) await setTimeout(frameInterval);
      const times: number[] = [];
      while (run.active && times.length < looks) {
        const [start, before] = [performance.now(), variant.step];
        await setTimeout(watchedMilliseconds);
        const steps = variant.step - before;
        // On a busy machine the run may not have had its turn.
        if (steps > 0) times.push((performance.now() - start) / steps);
      }
      if (!run.active) throw new Error(variant.summary().error ?? 'the run ended before its time');
      clearInterval(frames);
      run.stop();
      await ended;
      return times;
    },
  };
}
