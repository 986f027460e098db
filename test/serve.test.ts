/** The language server as a client meets it: requests and notifications over in-memory streams, real runs behind. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  createConnection,
  createProtocolConnection,
  DidOpenTextDocumentNotification,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  type ProtocolConnection,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { type ControlAction, control, controls } from '../sidecar/protocol/control.ts';
import { foldOnnx, inspectOnnx, summarizeTensor } from '../sidecar/protocol/inspect.ts';
import { exportOnnx, snippetOnnx, validateOnnx } from '../sidecar/protocol/onnx.ts';
import { ejectPytorch } from '../sidecar/protocol/pytorch.ts';
import { report } from '../sidecar/protocol/report.ts';
import {
  changed,
  type LiveNotes,
  list,
  liveNotes,
  type RunSummary,
  stop,
  train,
} from '../sidecar/protocol/runs.ts';
import {
  frame,
  type RunFrame,
  subscribe,
  unsubscribe,
  wholeRun,
} from '../sidecar/protocol/statistics.ts';
import { trusted } from '../sidecar/protocol/workspace.ts';
import { serve } from '../sidecar/serve.ts';
import { temporaryFolder } from './temporary.ts';

const text = `data: { spirals: { examples: 600, classes: 3 } }
network:
  - dense: 24
  - batchnorm
  - tanh
  - dense: 3
train: { learningRate: 0.5, batchSize: 20, steps: 4000, evaluateEvery: 500 }
variants:
  without-batchnorm: { remove: batchnorm }
  endless: { train: { steps: 900000000, evaluateEvery: 100000000 } }
`;
// A place that a URI has to escape.
const folder = temporaryFolder('batchnorm serve é');
const path = join(folder, 'two spirals.bn.yaml');
const uri = pathToFileURL(path).href;
writeFileSync(path, text);

/** A client whose server runs in this process. */
function connect(): ProtocolConnection {
  const toServer = new PassThrough();
  const toClient = new PassThrough();
  serve(createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient)));
  const client = createProtocolConnection(
    new StreamMessageReader(toClient),
    new StreamMessageWriter(toServer),
  );
  client.listen();
  return client;
}

async function initialize(client: ProtocolConnection, isTrusted: boolean): Promise<void> {
  await client.sendRequest(InitializeRequest.type, {
    processId: null,
    rootUri: null,
    capabilities: {},
    initializationOptions: { trusted: isTrusted },
  });
  await client.sendNotification(InitializedNotification.type, {});
  await client.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: 'batchnorm', version: 1, text },
  });
}

describe('the language server', () => {
  const client = connect();
  const summaries: RunSummary[] = [];
  const frames: RunFrame[] = [];
  const notes: LiveNotes[] = [];
  const waiting = new Set<() => void>();

  /** Resolves when `condition` holds after some message. */
  function until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!condition()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  }
  const stateOf = (runId: string, variant: string) =>
    summaries
      .findLast((summary) => summary.runId === runId)
      ?.variants.find((each) => each.variant === variant)?.state;

  before(async () => {
    const collect =
      <T>(into: T[]) =>
      (message: T) => {
        into.push(message);
        for (const check of waiting) check();
      };
    client.onNotification(changed, collect(summaries));
    client.onNotification(frame, collect(frames));
    client.onNotification(liveNotes, collect(notes));
    await initialize(client, false);
  });

  after(async () => {
    await client.sendRequest(ShutdownRequest.type);
    client.dispose();
  });

  test('trains nothing and reads nothing without trust', async () => {
    await assert.rejects(client.sendRequest(train, { uri }), /trusted workspace/);
    await assert.rejects(client.sendRequest(validateOnnx, { path: 'x.onnx' }), /trusted workspace/);
    const copy = { path: 'x.onnx', target: 'y.onnx' };
    await assert.rejects(client.sendRequest(foldOnnx, copy), /trusted workspace/);
    // Reading a model executes nothing of it.
    const snippet = { path: join(folder, 'none.onnx'), language: 'csharp' } as const;
    await assert.rejects(
      client.sendRequest(snippetOnnx, snippet),
      /none\.onnx: expected an ONNX file/,
    );
    await assert.rejects(
      client.sendRequest(inspectOnnx, { path: snippet.path }),
      /none\.onnx: expected an ONNX file/,
    );
    const pause = { runId: 'any', variant: null, action: { kind: 'pause' } } as const;
    await assert.rejects(client.sendRequest(control, pause), /trusted workspace/);
    assert.deepEqual(await client.sendRequest(list, {}), []);
    // Built-in data is nothing of the user's: shapes are known all the same.
    const hover = await client.sendRequest(HoverRequest.type, {
      textDocument: { uri },
      position: { line: 2, character: 6 },
    });
    assert.match((hover!.contents as { value: string }).value, /input 2 → output 24/);
    await client.sendNotification(trusted, {});
  });

  test('trains two variants and tells their states, frames and notes on the way', async () => {
    const variants = ['base', 'without-batchnorm'];
    const run = await client.sendRequest(train, { uri, variants });
    assert.deepEqual(
      run.variants.map(({ variant }) => variant),
      variants,
    );
    const snapshot = await client.sendRequest(subscribe, { runId: run.runId });
    await until(() => variants.every((name) => stateOf(run.runId, name) === 'finished'));
    const last = summaries.at(-1)!;
    assert.ok(last.variants.every(({ step }) => step === 4000));
    assert.equal(last.name, 'two spirals');
    assert.equal(last.folder, join(folder, 'runs', 'two spirals', '001'));

    const rows = (variant: string) =>
      [snapshot!, ...frames].reduce((sum, message) => {
        const news = message.variants.find((each) => each.variant === variant);
        if (news === undefined) return sum;
        assert.equal(news.rows.first, sum);
        return sum + news.rows.count;
      }, 0);
    await until(() => variants.every((name) => rows(name) === 1459));
    const whole = await client.sendRequest(subscribe, { runId: run.runId });
    const [base] = whole!.variants;
    assert.equal(base.rows.count, 1459);
    const values = new Float32Array(
      Uint8Array.from(Buffer.from(base.rows.values, 'base64')).buffer,
    );
    assert.equal(values.length, 1459 * (base.columns.length + 1));
    assert.equal(values.at(-base.columns.length - 1), 4000);
    assert.deepEqual(base.evaluations.map(({ step }) => step).at(-1), 4000);
    assert.equal(base.layers[1].name, 'batchnorm1');
    assert.equal(base.layers[1].line, 3);
    const one = await client.sendRequest(subscribe, { runId: run.runId, variants: [variants[1]] });
    assert.deepEqual(
      one!.variants.map(({ variant }) => variant),
      [variants[1]],
    );
    assert.equal(one!.run.variants.length, 2);
    await client.sendRequest(unsubscribe, { runId: run.runId });
    const kept = await client.sendRequest(wholeRun, { runId: run.runId });
    assert.deepEqual(kept!.variants, whole!.variants);
    assert.equal(await client.sendRequest(wholeRun, { runId: 'gone' }), null);
    assert.ok(Math.abs(kept!.run.startedAt! - Date.now()) < 600_000);
    await until(() =>
      notes.some((note) =>
        note.notes.some(({ line, text: label }) => line === 3 && /mean/.test(label)),
      ),
    );
  });

  test('hovering a layer tells its statistics and their step', async () => {
    const hover = await client.sendRequest(HoverRequest.type, {
      textDocument: { uri },
      position: { line: 3, character: 6 },
    });
    const { value } = hover!.contents as { value: string };
    assert.match(value, /running/i);
    assert.match(value, /4,000/);
  });

  test('exports the trained network, validated, and validates the file again', async () => {
    const [{ runId, folder: saved }] = await client.sendRequest(list, {});
    const onnx = join(folder, 'spirals.onnx');
    const wanted = { runId, variant: 'base', folder: saved, path: onnx };
    const result = await client.sendRequest(exportOnnx, wanted);
    assert.equal(result.certificate.validation.outcome, 'validated');
    assert.ok(existsSync(onnx));
    const again = await client.sendRequest(validateOnnx, { path: onnx });
    assert.equal(again.found.validation.outcome, 'validated');
    assert.deepEqual(again.certified, result.certificate);
    assert.deepEqual(again.broken, []);
    assert.match(readFileSync(result.page, 'utf8'), /<title>Certificate of spirals\.onnx<\/title>/);
    const { text: program } = await client.sendRequest(snippetOnnx, {
      path: onnx,
      language: 'python',
    });
    assert.match(program, /else "spirals\.onnx"\n/);
    const gone = { ...wanted, runId: 'of an earlier process', path: join(folder, 'again.onnx') };
    const { certificate } = await client.sendRequest(exportOnnx, gone);
    assert.equal(certificate.modelSha256, result.certificate.modelSha256);
    const folded = { ...wanted, path: join(folder, 'folded.onnx'), choices: { fold: true } };
    const { certificate: ofFolded, folding } = await client.sendRequest(exportOnnx, folded);
    const { validation } = ofFolded;
    assert.equal(validation.outcome, 'validated', validation.reason);
    assert.deepEqual(folding!.folded, [{ batchnorm: 'batchnorm1', into: 'dense1' }]);
    assert.equal(result.folding, undefined);
    const missing = client.sendRequest(exportOnnx, { ...gone, folder: null });
    await assert.rejects(missing, /expected a run .* found neither: train again/i);
  });

  test('looks into the model it has exported, and sums up a tensor of it', async () => {
    const onnx = join(folder, 'spirals.onnx');
    const { batchNorms, certificate, tensors } = await client.sendRequest(inspectOnnx, {
      path: onnx,
    });
    assert.deepEqual(
      batchNorms.map(({ name, channels, folding }) => [name, channels, folding.into]),
      [['batchnorm1', 24, 'dense1']],
    );
    assert.equal(certificate!.validation.outcome, 'validated');
    const [{ name, shape }] = tensors;
    const { count } = await client.sendRequest(summarizeTensor, { path: onnx, tensor: name });
    assert.equal(
      count,
      shape.reduce((product, size) => product * size, 1),
    );
    const none = client.sendRequest(summarizeTensor, { path: onnx, tensor: '__proto__' });
    await assert.rejects(none, /found none of this name/);
    await assert.rejects(
      client.sendRequest(inspectOnnx, { path }),
      /expected an ONNX model, found text/,
    );
  });

  test('ejects a variant of a run it knows, and of one that an earlier process has saved', async () => {
    const [{ runId, folder: saved }] = await client.sendRequest(list, {});
    const target = join(folder, 'ejected');
    const wanted = { runId, variant: 'base', folder: saved, target };
    const { files, folder: written } = await client.sendRequest(ejectPytorch, wanted);
    assert.equal(written, target);
    assert.ok(files.includes('trained.safetensors'));
    for (const name of files) assert.ok(existsSync(join(target, name)), name);
    const again = { ...wanted, runId: 'of an earlier process', target: join(folder, 'again') };
    await client.sendRequest(ejectPytorch, again);
    const program = (place: string) => readFileSync(join(place, 'train.py'), 'utf8');
    assert.equal(program(again.target), program(target));
    await assert.rejects(client.sendRequest(ejectPytorch, wanted), /expected a new or an empty/);
  });

  test('tells the report of a run it knows, and that it knows no other', async () => {
    const [run] = await client.sendRequest(list, {});
    const view = await client.sendRequest(report, { runId: run.runId });
    assert.match(view!.html, /^<article class="bn-report"><h1>two spirals<\/h1>/);
    assert.ok(view!.files !== null && existsSync(view!.files.html));
    assert.equal(await client.sendRequest(report, { runId: 'none' }), null);
  });

  test('a file without a folder of its own trains, and its results stay in memory', async () => {
    const untitled = 'untitled:Untitled-1';
    await client.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri: untitled, languageId: 'batchnorm', version: 1, text },
    });
    const run = await client.sendRequest(train, { uri: untitled });
    assert.equal(run.name, 'Untitled-1');
    await client.sendRequest(stop, { runId: run.runId });
    const ended = (await client.sendRequest(list, {})).find(({ runId }) => runId === run.runId)!;
    assert.equal(ended.folder, null);
    assert.equal(ended.saveError, undefined);
  });

  test('a run whose results could not be written is refused before it starts', async () => {
    const place = join(folder, 'taken');
    mkdirSync(place);
    writeFileSync(join(place, 'runs'), 'a file where a folder is needed');
    writeFileSync(join(place, 'small.bn.yaml'), text);
    const refused = client.sendRequest(train, {
      uri: pathToFileURL(join(place, 'small.bn.yaml')).href,
    });
    await assert.rejects(refused, /expected a place that can be written/);
  });

  test('a file that is gone is refused with its name', async () => {
    const refused = client.sendRequest(train, {
      uri: pathToFileURL(join(folder, 'a b.bn.yaml')).href,
    });
    await assert.rejects(
      refused,
      /^Error: a b\.bn\.yaml: expected a network file that can be read/,
    );
  });

  test('answers hovers while a run is at full speed, refuses a second, and stops it', async () => {
    const run = await client.sendRequest(train, { uri, variants: ['endless'] });
    await until(() => (summaries.at(-1)?.variants[0].step ?? 0) > 100);
    const hover = () =>
      client.sendRequest(HoverRequest.type, {
        textDocument: { uri },
        position: { line: 3, character: 6 },
      });
    const first = JSON.stringify(await hover());
    const step = summaries.at(-1)!.variants[0].step;
    await until(() => (summaries.at(-1)?.variants[0].step ?? 0) > step);
    assert.notEqual(JSON.stringify(await hover()), first);
    await assert.rejects(client.sendRequest(train, { uri }), /already training: stop it first/);
    await client.sendRequest(stop, { runId: run.runId });
    assert.equal(stateOf(run.runId, 'endless'), 'stopped');
    const [summary] = await client.sendRequest(list, {});
    assert.equal(summary.variants[0].state, 'stopped');
  });

  test('changes a run while it is on, tells its state and its history, and takes what is wrong apart', async () => {
    const { runId } = await client.sendRequest(train, { uri, variants: ['endless'] });
    const act = (action: ControlAction, variant: string | null = null) =>
      client.sendRequest(control, { runId, variant, action });
    await until(() => stateOf(runId, 'endless') === 'training');
    const [{ step }] = await act({ kind: 'pause' });
    await until(() => stateOf(runId, 'endless') === 'paused');
    assert.equal(summaries.at(-1)!.variants[0].step, step);
    const [made] = await act({ kind: 'step' }, 'endless');
    assert.equal(made.step, step + 1);
    const [scaled] = await act({ kind: 'scale-weights', layer: 'dense1', factor: 10 });
    assert.match(scaled.effect, /^Weights of dense1 times 10: .* batchnorm1 divides the scale out/);
    await act({ kind: 'learning-rate', value: 0.125 });
    assert.deepEqual(await client.sendRequest(controls, { runId }), [
      {
        variant: 'endless',
        learningRate: 0.125,
        largestLearningRate: 1000,
        evaluationStatistics: 'running',
        scalableLayers: ['dense1', 'dense2'],
      },
    ]);
    await assert.rejects(act({ kind: 'learning-rate', value: 0 }), /at most 1000, found 0/);
    await assert.rejects(
      act({ kind: 'step' }, 'base'),
      /expected a variant of this run, found "base"/,
    );
    await act({ kind: 'continue' });
    await until(() => stateOf(runId, 'endless') === 'training');
    const snapshot = await client.sendRequest(subscribe, { runId });
    assert.deepEqual(
      snapshot!.variants[0].events!.map(({ action }) => action.kind),
      ['pause', 'step', 'scale-weights', 'learning-rate', 'continue'],
    );
    const [recomputed] = await act({ kind: 'recompute-statistics' });
    await until(() =>
      frames.some(({ variants: [news] }) =>
        news?.events?.some(({ effect }) => effect === recomputed.effect),
      ),
    );
    await client.sendRequest(unsubscribe, { runId });
    await client.sendRequest(stop, { runId });
    await assert.rejects(act({ kind: 'continue' }), /found endless stopped/);
    assert.deepEqual(await client.sendRequest(controls, { runId }), []);
    const gone = { runId: 'gone', variant: null, action: { kind: 'pause' } } as const;
    await assert.rejects(client.sendRequest(control, gone), /found none by this id: train again/);
  });

  test('a paused run is saved when the client shuts the server down', async () => {
    const other = connect();
    await initialize(other, true);
    const { runId, folder: saved } = await other.sendRequest(train, { uri, variants: ['endless'] });
    await new Promise<void>((resolve) => {
      other.onNotification(changed, ({ variants: [{ step }] }) => {
        if (step > 0) resolve();
      });
    });
    await other.sendRequest(control, { runId, variant: null, action: { kind: 'pause' } });
    await other.sendRequest(ShutdownRequest.type);
    other.dispose();
    const description = JSON.parse(readFileSync(join(saved!, 'run.json'), 'utf8'));
    assert.equal(description.results.state, 'stopped');
    assert.equal(description.events[0].action.kind, 'pause');
  });

  test('a file with an error is refused with its place', async () => {
    const broken = join(folder, 'broken.bn.yaml');
    writeFileSync(broken, text.replace('tanh', 'tahn'));
    await assert.rejects(
      client.sendRequest(train, { uri: pathToFileURL(broken).href }),
      /^Error: broken\.bn\.yaml:5:5: /,
    );
  });
});
