/**
 * The language server: introduces runs and language features to each other and answers the client's requests. A
 * connection is passed in, so that tests serve in-memory streams.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import {
  type CancellationToken,
  type Connection,
  LSPErrorCodes,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { isBuiltIn, summarizeData } from './data/load.ts';
import type { LanguageHost } from './language/host.ts';
import { registerLanguage } from './language/register.ts';
import { control, controls } from './protocol/control.ts';
import { foldOnnx, inspectOnnx, summarizeTensor } from './protocol/inspect.ts';
import { type ExportParams, exportOnnx, snippetOnnx, validateOnnx } from './protocol/onnx.ts';
import { ejectPytorch } from './protocol/pytorch.ts';
import { report } from './protocol/report.ts';
import { changed, list, stop, type TrainParams, train } from './protocol/runs.ts';
import { subscribe, unsubscribe, wholeRun } from './protocol/statistics.ts';
import { type InitializationOptions, trusted as trustGranted } from './protocol/workspace.ts';
import { ejectableVariant, ejectVariant, savedEjectable } from './runs/eject-run.ts';
import { exportEnsemble, savedEnsemble, trainedEnsemble } from './runs/export-ensemble.ts';
import { exportModel, savedVariant, trainedVariant } from './runs/export-run.ts';
import { FrameCursor } from './runs/frames.ts';
import { layerStatistics } from './runs/layer-statistics.ts';
import { MemoryFigures } from './runs/memory.ts';
import { offThread } from './runs/model-off-thread.ts';
import { RunError } from './runs/prepare.ts';
import { findVariantFolder } from './runs/run-folder.ts';
import { RunManager } from './runs/run-manager.ts';
import { viewReport } from './runs/run-report.ts';
import { snippetFile } from './runs/snippet-file.ts';
import { validateFile } from './runs/validate-file.ts';
import { Ticker } from './ticker.ts';

/** Serves one client until it hangs up; on shutdown every run is stopped and saved. */
export function serve(
  connection: Connection,
  clock = () => performance.now(),
  date = () => Date.now(),
): void {
  const documents = new TextDocuments(TextDocument);
  const memory = new MemoryFigures();
  let trusted = false;

  const manager = new RunManager(
    {
      changed(run) {
        void connection.sendNotification(changed, run.summary());
        language.runChanged(run.prepared.request.uri);
        ticker.wake();
      },
    },
    clock,
    date,
  );
  const host: LanguageHost = {
    async describeData(source, uri) {
      return trusted || isBuiltIn(source) ? summarizeData(source, folderOf(uri)) : null;
    },
    layerStatistics(uri, layer) {
      const variants = manager.newest(uri)?.variants ?? [];
      return variants.map((each) => layerStatistics(each, layer)).filter((each) => each !== null);
    },
    memory: (network) => memory.of(network),
    run: (uri) => manager.newest(uri)?.summary() ?? null,
  };
  const language = registerLanguage(connection, documents, host, clock);
  const ticker = new Ticker(connection, manager, documents, language);

  connection.onInitialize(({ initializationOptions }) => {
    trusted = (initializationOptions as InitializationOptions | undefined)?.trusted ?? false;
    return {
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        ...language.capabilities,
      },
    };
  });
  connection.onNotification(trustGranted, () => {
    trusted = true;
    language.refresh();
  });

  /** Runs a request that needs trust. */
  async function answer<T>(work: (signal: AbortSignal) => Promise<T>, token: CancellationToken) {
    if (trusted) return answerAnyone(work, token);
    return failure(
      'Expected a trusted workspace: training, reading data and exporting need trust.',
    );
  }

  /** Runs a request; what goes wrong reaches the user as its sentence alone. */
  async function answerAnyone<T>(
    work: (signal: AbortSignal) => Promise<T>,
    token: CancellationToken,
  ) {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    try {
      return await work(controller.signal);
    } catch (error) {
      if (controller.signal.aborted)
        return new ResponseError<void>(LSPErrorCodes.RequestCancelled, 'Cancelled');
      connection.console.error(String((error as Error).stack ?? error));
      return failure((error as Error).message);
    }
  }

  connection.onRequest(train, (params, token) =>
    answer(async () => {
      const request = { ...(await describeFile(params)), variants: params.variants };
      // What has no folder of its own yet must not leave its results anywhere.
      const home = isOnDisk(params.uri) ? request.folder : null;
      const run = await manager.start(request, home);
      ticker.wake();
      return run.summary();
    }, token),
  );
  connection.onRequest(stop, async ({ runId }) => {
    await manager.stop(runId);
    return null;
  });
  connection.onRequest(control, ({ runId, variant, action }, token) =>
    answer(async () => {
      const run = manager.find(runId);
      if (run !== undefined) return run.control({ variant, action });
      throw new RunError('Expected a run of this session, found none by this id: train again.');
    }, token),
  );
  connection.onRequest(controls, ({ runId }) => manager.find(runId)?.controls() ?? []);
  connection.onRequest(list, () => manager.runs.map((run) => run.summary()));
  connection.onRequest(report, ({ runId }, token) =>
    answer(async () => {
      const run = manager.find(runId);
      return run === undefined ? null : viewReport(run);
    }, token),
  );
  connection.onRequest(subscribe, (params) => ticker.subscribe(params));
  connection.onRequest(wholeRun, ({ runId }) => {
    const run = manager.find(runId);
    return run === undefined ? null : new FrameCursor(run).snapshot();
  });
  connection.onRequest(unsubscribe, ({ runId }) => {
    ticker.unsubscribe(runId);
    return null;
  });
  connection.onRequest(exportOnnx, ({ path, choices, ...wanted }, token) =>
    answer(async (signal) => {
      const options = { choices, signal };
      if (wanted.variant === null) return exportEnsemble(await findEnsemble(wanted), path, options);
      return exportModel(await findTrained(wanted.variant, wanted), path, options);
    }, token),
  );
  connection.onRequest(validateOnnx, ({ path }, token) =>
    answer((signal) => validateFile(path, { signal }), token),
  );
  connection.onRequest(ejectPytorch, ({ target, ...wanted }, token) =>
    answer(async () => ejectVariant(await findEjectable(wanted.variant, wanted), target), token),
  );
  connection.onRequest(foldOnnx, ({ path, target }, token) =>
    answer((signal) => offThread({ kind: 'fold', path, target }, signal), token),
  );
  // Files that are only looked into are data, of which nothing is executed.
  connection.onRequest(inspectOnnx, ({ path }, token) =>
    answerAnyone((signal) => offThread({ kind: 'inspect', path }, signal), token),
  );
  connection.onRequest(summarizeTensor, ({ path, tensor }, token) =>
    answerAnyone((signal) => offThread({ kind: 'summarize', path, tensor }, signal), token),
  );
  connection.onRequest(snippetOnnx, ({ path, language }, token) =>
    answerAnyone(async () => ({ text: await snippetFile(path, basename(path), language) }), token),
  );
  connection.onShutdown(async () => {
    ticker.dispose();
    await manager.stop();
  });

  /** The file as the editor shows it, else as it is on disk. */
  async function describeFile({ uri }: TrainParams) {
    const text = documents.get(uri)?.getText() ?? (await readFromDisk(uri));
    return { uri, place: nameOf(uri), text, folder: folderOf(uri) };
  }

  /** What a variant was trained to: of a run in memory, else of one that an earlier sidecar has saved. */
  async function findTrained(variant: string, { runId, folder }: SourceOfExport) {
    const run = manager.find(runId);
    if (run !== undefined) return trainedVariant(run, variant);
    return savedVariant(await findVariantFolder(expectSaved(folder), variant));
  }

  async function findEjectable(variant: string, { runId, folder }: SourceOfExport) {
    const run = manager.find(runId);
    if (run !== undefined) return ejectableVariant(run, variant);
    return savedEjectable(await findVariantFolder(expectSaved(folder), variant));
  }

  async function findEnsemble({ runId, folder }: SourceOfExport) {
    const run = manager.find(runId);
    if (run !== undefined) return trainedEnsemble(run);
    const members = await savedEnsemble(expectSaved(folder));
    if (members !== null) return members;
    throw new RunError(
      `${folder}: expected a saved run of several variants, found none: train again.`,
    );
  }

  documents.listen(connection);
  connection.listen();
}

function failure(message: string): ResponseError<void> {
  return new ResponseError<void>(LSPErrorCodes.RequestFailed, message);
}

async function readFromDisk(uri: string): Promise<string> {
  try {
    return await readFile(fileURLToPath(uri), 'utf8');
  } catch (error) {
    throw new RunError(
      `${nameOf(uri)}: expected a network file that can be read, found: ${(error as Error).message}. Open it in an editor, or save it again.`,
      { cause: error },
    );
  }
}

type SourceOfExport = Pick<ExportParams, 'runId' | 'folder'>;

function expectSaved(folder: string | null): string {
  if (folder !== null) return folder;
  throw new RunError(
    'Expected a run of this session or one that was saved, found neither: train again.',
  );
}

function isOnDisk(uri: string): boolean {
  return uri.startsWith('file:');
}

function nameOf(uri: string): string {
  return isOnDisk(uri)
    ? basename(fileURLToPath(uri))
    : decodeURIComponent(basename(new URL(uri).pathname));
}

/** The folder that relative paths of a file start from; an unsaved one has none and gets the home of the process. */
function folderOf(uri: string): string {
  return isOnDisk(uri) ? dirname(fileURLToPath(uri)) : process.cwd();
}
