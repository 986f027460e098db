/** Publishes blocks without pause until told to stop; every number of a block is its step. */
import { workerData } from 'node:worker_threads';
import type { StatisticsLayout } from '../../sidecar/engine/statistics.ts';
import { createPublisher } from '../../sidecar/engine/statistics.ts';

const { memory, statistics, stop } = workerData as {
  memory: WebAssembly.Memory;
  statistics: StatisticsLayout;
  stop: Int32Array;
};
const publish = createPublisher(memory, statistics);
const staging = new Float32Array(memory.buffer, statistics.staging, statistics.length);
for (let step = 1; Atomics.load(stop, 0) === 0; step++) {
  staging.fill(step);
  publish(step);
}
