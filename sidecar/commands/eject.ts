/** `batchnorm eject`: a saved variant, or one of a network file, as a PyTorch program. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  type Ejectable,
  ejectVariant,
  savedEjectable,
  untrainedEjectable,
} from '../runs/eject-run.ts';
import { RunError } from '../runs/prepare.ts';

interface EjectOptions {
  readonly out: string;
  readonly variant?: string;
  readonly json?: boolean;
}

/** `from` is a run's folder or a network file. */
export async function ejectCommand(from: string, options: EjectOptions): Promise<number> {
  const ejectable = await find(from, options);
  const { folder, files } = await ejectVariant(ejectable, resolve(options.out));
  const line = options.json
    ? JSON.stringify({ event: 'ejected', variant: ejectable.variant, folder, files })
    : `${folder}: ${files.join(', ')}\nRun it with: python3 ${shellWord(resolve(folder, files[0]))}`;
  process.stdout.write(`${line}\n`);
  return 0;
}

/** A path as one word of a command, whatever characters are in it. */
function shellWord(path: string): string {
  if (/^[\w./:\\-]+$/.test(path)) return path;
  // No path of Windows has a double quote in it.
  return process.platform === 'win32' ? `"${path}"` : `'${path.replaceAll("'", `'\\''`)}'`;
}

async function find(from: string, { variant }: EjectOptions): Promise<Ejectable> {
  if (!/\.ya?ml$/.test(from)) {
    if (variant === undefined) return savedEjectable(resolve(from));
    throw new RunError(
      `${from}: expected --variant with a network file, found it with a run's folder. Name the variant's own folder.`,
    );
  }
  const text = await readFile(from, 'utf8').catch((error: Error) => {
    throw new RunError(`${from}: expected a file that can be read, found: ${error.message}`, {
      cause: error,
    });
  });
  const variants = variant === undefined ? undefined : [variant];
  return untrainedEjectable({
    uri: from,
    place: from,
    text,
    folder: dirname(resolve(from)),
    variants,
  });
}
