/** `batchnorm train`: trains variants of a file, reports on the way, and saves what was trained. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { prepareRun, RunError, type RunRequest } from '../runs/prepare.ts';
import { Run } from '../runs/run.ts';
import { makeWritable, reserveFolder } from '../runs/run-folder.ts';
import { decodeSafetensors } from '../safetensors.ts';
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

/** Resolves to the exit status: 0 when every variant was trained and saved, else 1. */
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
  const release = stopOnInterrupt(run);
  reporter.started(run);
  await run.train();
  release();
  reporter.ended(run);
  const { saveError, variants } = run.summary();
  if (saveError !== undefined) process.stderr.write(`${saveError}\n`);
  for (const { variant, error } of variants) {
    if (error !== undefined) process.stderr.write(`${file}: ${variant}: ${error}\n`);
  }
  return saveError === undefined && variants.every(({ state }) => state !== 'failed') ? 0 : 1;
}

async function requestOf(file: string, options: TrainOptions): Promise<RunRequest> {
  if (options.allVariants && options.variant) {
    throw new RunError('Expected --variant or --all-variants, found both; leave one out.');
  }
  const { steps, seed, init } = options;
  return {
    uri: file,
    place: file,
    text: (await read(file)).toString('utf8'),
    folder: dirname(resolve(file)),
    variants: options.allVariants ? 'all' : options.variant,
    overrides: { steps, seed },
    init: init === undefined ? undefined : await readWeights(init),
  };
}

async function readWeights(path: string) {
  return { weights: decodeSafetensors(await read(path), path).weights, place: path };
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

/** The first Ctrl+C ends the run and saves it, a second one ends the program. */
function stopOnInterrupt(run: Run): () => void {
  const stop = () => run.stop();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
}
