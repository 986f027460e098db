/**
 * Where the values of a tensor lie that are not in the model itself (ONNX's external data). The file named there must be
 * in the model's folder or below it: a model must not make this program read anything else.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import type { TensorProto } from 'onnx-buf';
import { ModelFileError } from '../errors.ts';

export interface ExternalPlace {
  /** As the model has it. */
  readonly location: string;
  readonly offset: number;
  /** Null: as many as the tensor needs. */
  readonly length: number | null;
}

/** Of a location, in messages. */
const shownCharacters = 200;

/** Throws a ModelFileError for a place that cannot be one, without looking at the file. */
export function externalPlace({ externalData }: TensorProto): ExternalPlace {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  checkLocation(location);
  return {
    location,
    offset: wholeNumber(entries.get('offset') ?? '0', 'offset'),
    length: entries.has('length') ? wholeNumber(entries.get('length')!, 'length') : null,
  };
}

function checkLocation(location: string): void {
  const refuse = (found: string) => {
    throw new ModelFileError(
      `external data ${JSON.stringify(location.slice(0, shownCharacters))}: expected a path below the model's folder, found ${found}; nothing is read from there`,
    );
  };
  if (location === '') refuse('no path');
  if (location.includes('\0')) refuse('a NUL character');
  if (location.includes('\\')) refuse('a backslash');
  if (location.startsWith('/')) refuse('an absolute path');
  if (/^[a-z]:/i.test(location)) refuse('a drive');
  if (location.split('/').includes('..')) refuse('one that leads up');
}

function wholeNumber(text: string, key: string): number {
  const value = Number(text);
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new ModelFileError(
    `external data: expected a whole number as ${key}, found ${JSON.stringify(text.slice(0, 40))}`,
  );
}

/** A file below the model's folder, as it was found there. */
export interface ExternalFile {
  /** Real path. */
  readonly path: string;
  readonly size: number;
  /** What tells it from every other file, whatever lies at its path later. */
  readonly identity: string;
}

/** Links are followed before it is judged where the file lies. */
export async function findExternalFile(folder: string, location: string): Promise<ExternalFile> {
  const place = `external data ${JSON.stringify(location.slice(0, shownCharacters))}`;
  const home = await realpath(folder);
  const path = await realpath(join(home, location)).catch((cause: Error) => {
    throw new ModelFileError(
      `${place}: expected a file beside the model, found none; copy it into the model's folder`,
      { cause },
    );
  });
  const way = relative(home, path);
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
    throw new ModelFileError(
      `${place}: expected a file below the model's folder, found a link that leads out of it; nothing is read from there`,
    );
  }
  const found = await stat(path);
  if (!found.isFile()) {
    throw new ModelFileError(`${place}: expected a file, found something else`);
  }
  return { path, size: found.size, identity: identityOf(found) };
}

/** Opens what was found: a file or link that has been put in its place since may lead anywhere. */
export async function openExternal({ path, identity }: ExternalFile): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if (identityOf(await file.stat()) === identity) return file;
  await file.close();
  throw new ModelFileError(
    `external data ${JSON.stringify(path)}: expected the file that was there when the model was opened, found another; open the model again`,
  );
}

function identityOf({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `${dev}:${ino}`;
}
