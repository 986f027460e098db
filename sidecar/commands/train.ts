/** `batchnorm train`: trains variants of a file, reports on the way, and saves what was trained. */
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { readInitialWeights } from '../runs/initial-weights.ts';
import { prepareRun, RunError, type RunRequest } from '../runs/prepare.ts';
import { Run } from '../runs/run.ts';
import { makeWritable, reserveFolder } from '../runs/run-folder.ts';
import { jsonReporter } from './report-json.ts';
import { textReporter } from './report-text.ts';

interface TrainOptions {
  readonly variant?: readonly string[];
  readonly allVariants?: boolean;
  readonly steps?: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly init?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly statisticsEvery?: number;
}

/** Resolves to the exit status: 0 when every variant was trained and saved, 1 when not, 128 + n after signal n. */
export async function trainCommand(file: string, options: TrainOptions): Promise<number> {
  const prepared = await prepareRun(await requestOf(file, options));
  const folder = options.out
    ? await makeWritable(resolve(options.out))
    : await reserveFolder(join(process.cwd(), 'runs', prepared.name));
  const reporter = options.json ? jsonReporter(process.stdout) : textReporter(process.stderr);
  const run = new Run({
    id: '1',
    prepared,
    folder,
    listener: reporter,
    clock: () => performance.now(),
    statisticsEvery: options.json ? options.statisticsEvery : 0,
    threads: options.threads,
  });
  const interrupt = stopOnInterrupt(run);
  reporter.started(run);
  await run.train();
  interrupt.release();
  reporter.ended(run);
  const { saveError, variants } = run.summary();
  if (saveError !== undefined) process.stderr.write(`${saveError}\n`);
  for (const { variant, error } of variants) {
    if (error !== undefined) process.stderr.write(`${file}: ${variant}: ${error}\n`);
  }
  if (saveError !== undefined || variants.some(({ state }) => state === 'failed')) return 1;
  return interrupt.signal === null ? 0 : 128 + constants.signals[interrupt.signal];
}

async function requestOf(file: string, options: TrainOptions): Promise<RunRequest> {
  const { steps, seed, init } = options;
  return {
    uri: file,
    place: file,
    text: (await read(file)).toString('utf8'),
    folder: dirname(resolve(file)),
    variants: options.allVariants ? 'all' : options.variant,
    overrides: { steps, seed },
    init: init === undefined ? undefined : await readInitialWeights(init),
  };
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new RunError(
      `${path}: expected a file that can be read, found: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

/** The first Ctrl+C ends the run and saves it, a second one ends the program. So does the end of whoever reads along. */
function stopOnInterrupt(run: Run) {
  let received: NodeJS.Signals | null = null;
  const stop = (signal: NodeJS.Signals) => {
    received = signal;
    run.stop();
  };
  const readerGone = () => stop('SIGPIPE');
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  for (const stream of [process.stdout, process.stderr]) stream.once('error', readerGone);
  return {
    get signal() {
      return received;
    },
    release() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      for (const stream of [process.stdout, process.stderr]) stream.off('error', readerGone);
    },
  };
}
