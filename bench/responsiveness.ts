/**
 * How fast the sidecar answers while two variants train on MNIST at full speed: time from Train to the first step, and
 * the latency of hovers as the client sees it. `npm run bench:responsiveness [-- hovers]`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  DidOpenTextDocumentNotification,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  IPCMessageReader,
  IPCMessageWriter,
  ShutdownRequest,
} from 'vscode-languageserver/node';
import { changed, list, stop, train } from '../sidecar/protocol/runs.ts';
import { frame, subscribe } from '../sidecar/protocol/statistics.ts';

const root = join(import.meta.dirname, '..');
const hovers = Number(process.argv[2] ?? 1000);
const folder = mkdtempSync(join(tmpdir(), 'batchnorm-bench-'));
const path = join(folder, 'mnist.bn.yaml');
cpSync(join(root, 'examples/mnist.bn.yaml'), path);
const uri = pathToFileURL(path).href;
const text = readFileSync(path, 'utf8').replace(/steps: \d+/, 'steps: 100000000');

const sidecar: ChildProcess = fork(join(root, 'dist/sidecar.js'), ['--node-ipc'], {
  stdio: 'inherit',
});
const client = createProtocolConnection(
  new IPCMessageReader(sidecar),
  new IPCMessageWriter(sidecar),
);
client.listen();
let frames = 0;
client.onNotification(frame, () => {
  frames += 1;
});
let firstStep = Promise.withResolvers<void>();
client.onNotification(changed, ({ variants }) => {
  if (variants.some(({ state }) => state === 'training')) firstStep.resolve();
});
await client.sendRequest(InitializeRequest.type, {
  processId: process.pid,
  rootUri: null,
  capabilities: {},
  initializationOptions: { trusted: true },
});
await client.sendNotification(InitializedNotification.type, {});
await client.sendNotification(DidOpenTextDocumentNotification.type, {
  textDocument: { uri, languageId: 'batchnorm', version: 1, text },
});

for (const round of ['first', 'second']) {
  firstStep = Promise.withResolvers();
  const pressed = performance.now();
  const run = await client.sendRequest(train, { uri, variants: ['base', 'without-batchnorm'] });
  await firstStep.promise;
  console.log(`Train to training, ${round} run: ${(performance.now() - pressed).toFixed(0)} ms`);
  if (round === 'first') await client.sendRequest(stop, { runId: run.runId });
  else await client.sendRequest(subscribe, { runId: run.runId });
}

await setTimeout(1000);
const [before] = await client.sendRequest(list, {});
const startedAt = performance.now();
frames = 0;
const latencies: number[] = [];
for (let count = 0; count < hovers; count++) {
  const asked = performance.now();
  await client.sendRequest(HoverRequest.type, {
    textDocument: { uri },
    position: { line: 4, character: 6 },
  });
  latencies.push(performance.now() - asked);
  await setTimeout(7);
}
const seconds = (performance.now() - startedAt) / 1000;
const [after] = await client.sendRequest(list, {});
latencies.sort((a, b) => a - b);
const at = (share: number) => latencies[Math.floor(share * (hovers - 1))].toFixed(2);
console.log(
  `${hovers} hovers: median ${at(0.5)} ms, 99th percentile ${at(0.99)} ms, largest ${at(1)} ms`,
);
console.log(`${(frames / seconds).toFixed(1)} frames a second to one dashboard`);
after.variants.forEach(({ variant, step }, index) => {
  console.log(`${variant}: ${((step - before.variants[index].step) / seconds).toFixed(0)} steps/s`);
});
await client.sendRequest(stop, {});
await client.sendRequest(ShutdownRequest.type);
sidecar.kill();
