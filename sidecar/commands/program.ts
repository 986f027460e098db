/** The command line's commands and options; what each does lies in the file of its name. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { DataError } from '../data/error.ts';
import { precisions } from '../onnx/choices.ts';
import { ExportError, ModelFileError } from '../onnx/errors.ts';
import { opsets, snippetLanguages } from '../protocol/onnx.ts';
import { RunError } from '../runs/prepare.ts';
import { SafetensorsError } from '../safetensors.ts';
import { version } from '../version.ts';
import { ejectCommand } from './eject.ts';
import { exportCommand } from './export.ts';
import { foldCommand } from './fold.ts';
import { inspectCommand } from './inspect.ts';
import { snippetCommand } from './snippet.ts';
import { trainCommand } from './train.ts';
import { validateCommand } from './validate.ts';

/** Runs one command line; resolves to the exit status. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  let status = 0;
  let broken: string | null = null;
  for (const stream of [process.stdout, process.stderr]) {
    // Whoever reads along may go, as with `| head`, and a disk may be full: no defect, but nothing more can be said there.
    stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE') broken ??= message;
    });
  }
  const program = buildProgram((code) => {
    status = code;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    if (broken === null) return status;
    process.stderr.write(`The output could not be written: ${broken}\n`);
    return 1;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${explain(error)}\n`);
    return 1;
  }
}

function buildProgram(exit: (status: number) => void): Command {
  const program = new Command('batchnorm')
    .description(
      'Train networks with batch normalization and export them as validated ONNX models.',
    )
    .version(version)
    .exitOverride()
    .showHelpAfterError('(batchnorm --help lists the commands)');

  program
    .command('train')
    .description('train a network file, the network as written unless variants are named')
    .argument('<file>', 'network file, *.bn.yaml')
    .option(
      '--variant <name>',
      'train this variant, or all of a grid (repeatable; base is the network as written)',
      append,
    )
    .addOption(
      new Option('--all-variants', 'train the network as written and all its variants').conflicts(
        'variant',
      ),
    )
    .option('--steps <n>', 'make this many steps', positive)
    .option('--seed <n>', 'seed of weights, order and dropout', natural)
    .option('--threads <n>', 'use at most this many cores', positive)
    .option(
      '--init <weights>',
      'start from these weights (.safetensors), or those of an exported model (.onnx)',
    )
    .option('--out <folder>', 'save here; runs/<name>/<count> by default')
    .option('--json', 'print every event as one line of JSON')
    .option(
      '--statistics-every <n>',
      'with --json: print the statistics of every n-th step',
      positive,
    )
    .action(async (file: string, options, command: Command) => {
      if (options.statisticsEvery !== undefined && !options.json) {
        command.error('error: --statistics-every needs --json, whose lines carry the statistics');
      }
      exit(await trainCommand(file, options));
    });

  program
    .command('export')
    .description('write a trained run as ONNX and validate it under onnxruntime')
    .argument('<run>', 'folder that train saved to: a variant, or the whole run for its ensemble')
    .requiredOption('--onnx <file>', 'the ONNX file to write')
    .option('--fold', 'fold batch normalization into the weights before it, where possible')
    .option('--probabilities', 'end in a softmax or sigmoid: class probabilities, not logits')
    .option(
      '--opset <n>',
      `version of ONNX's operators, ${opsets.oldest} to ${opsets.newest}; ${opsets.usual} by default`,
      opset,
    )
    .addOption(
      new Option(
        '--precision <kind>',
        'how weights are stored, float32 by default; int8 folds, and computes in integers',
      ).choices(precisions),
    )
    .option('--json', 'print the outcome as one line of JSON')
    .action(async (run: string, options) => exit(await exportCommand(run, options)));

  program
    .command('eject')
    .description(
      'write a variant as a PyTorch program, with its weights, data and order of examples',
    )
    .argument('<from>', 'folder of a variant that train saved to, or a network file, *.bn.yaml')
    .requiredOption('--out <folder>', 'a new or an empty folder')
    .option('--variant <name>', 'of a network file: this variant (base by default)')
    .option('--json', 'print the outcome as one line of JSON')
    .action(async (from: string, options) => exit(await ejectCommand(from, options)));

  program
    .command('validate')
    .description('run an exported model under onnxruntime against the engine again')
    .argument('<model>', 'ONNX file')
    .option(
      '--folder <folder>',
      "where the data's relative paths start from; by default the model's own or one above it",
    )
    .option('--json', 'print the outcome as one line of JSON')
    .action(async (model: string, options) => exit(await validateCommand(model, options)));

  program
    .command('snippet')
    .description('write a program that runs an exported model on one example')
    .argument('<model>', 'ONNX file')
    .addOption(
      new Option('--language <language>', 'language of the program')
        .choices(snippetLanguages)
        .makeOptionMandatory(),
    )
    .option('--out <file>', 'the file to write; standard output by default')
    .action((model: string, options) => snippetCommand(model, options));

  program
    .command('fold')
    .description(
      'fold the batch normalizations of any ONNX model, and prove that it computes the same',
    )
    .argument('<model>', 'ONNX file')
    .requiredOption('--onnx <file>', 'the ONNX file to write')
    .option('--json', 'print the outcome as one line of JSON')
    .action(async (model: string, options) => exit(await foldCommand(model, options)));

  program
    .command('inspect')
    .description('show what is in an ONNX file, its batch normalizations above all')
    .argument('<model>', 'ONNX file of any origin')
    .option('--json', 'print all of it as one line of JSON')
    .action(async (model: string, options) => exit(await inspectCommand(model, options)));

  return program;
}

function append(value: string, values: string[] = []): string[] {
  return [...values, value];
}

function natural(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new InvalidArgumentError(`Expected a whole number from 0, found "${text}".`);
  }
  return Number(text);
}

function positive(text: string): number {
  const value = natural(text);
  if (value === 0) throw new InvalidArgumentError('Expected a whole number from 1, found 0.');
  return value;
}

function opset(text: string): number {
  const value = natural(text);
  if (value >= opsets.oldest && value <= opsets.newest) return value;
  throw new InvalidArgumentError(`Expected ${opsets.oldest} to ${opsets.newest}, found ${value}.`);
}

const forPeople = [RunError, DataError, ExportError, ModelFileError, SafetensorsError];

/** Errors made for people are printed as they are; anything else is a defect and says where it happened. */
function explain(error: unknown): string {
  if (forPeople.some((kind) => error instanceof kind)) return (error as Error).message;
  return `Unexpected failure, please report it: ${(error as Error)?.stack ?? error}`;
}
