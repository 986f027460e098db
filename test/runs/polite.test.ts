import assert from 'node:assert/strict';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

const skip = process.platform !== 'linux' && 'threads have priorities of their own on Linux alone';

test('a thread gives way, the process it belongs to does not', { skip }, async () => {
  const before = getPriority();
  const polite = pathToFileURL(join(import.meta.dirname, '../../sidecar/runs/polite.ts'));
  const worker = new Worker(
    `import { readlinkSync } from 'node:fs';
     import { getPriority } from 'node:os';
     import { parentPort } from 'node:worker_threads';
     import { lowerPriority } from '${polite}';
     lowerPriority();
     const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
     parentPort.postMessage(getPriority(thread));`,
    { eval: true, execArgv: ['--input-type=module'] },
  );
  const inside = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  assert.equal(inside, Math.max(before, 5));
  assert.equal(getPriority(), before);
});
