/** Opening a file of the user's: what stands in its place, and whether it may be read. */

import { access, constants, opendir, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { nearest } from '../nearest.ts';
import { DataError } from './error.ts';
import { megabytes, quoted } from './wording.ts';

export interface DataFile {
  /** As written in the network file; names the file in messages. */
  readonly place: string;
  readonly absolute: string;
  readonly size: number;
  /** Changes whenever the content or the rights do. */
  readonly version: string;
}

/** Finds a readable file of at most `limit` bytes. */
export async function findDataFile(folder: string, path: string, limit: number): Promise<DataFile> {
  const absolute = resolve(folder, path);
  const status = await stat(absolute).catch(async (cause: unknown) => {
    throw isMissing(cause) ? await missing(path, absolute, cause) : unreadable(path, cause);
  });
  const expected = 'a readable file';
  if (!status.isFile()) {
    const found = status.isDirectory() ? 'a folder' : 'something that is no regular file';
    throw new DataError({ place: path, expected, found, remedy: 'name a file inside it' });
  }
  await access(absolute, constants.R_OK).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (status.size > limit) {
    const remedy = 'use fewer rows or columns';
    const found = megabytes(status.size);
    throw new DataError({ place: path, expected: `at most ${megabytes(limit)}`, found, remedy });
  }
  const version = `${status.mtimeMs} ${status.ctimeMs} ${status.size}`;
  return { place: path, absolute, size: status.size, version };
}

export type DataFolder = Pick<DataFile, 'place' | 'absolute' | 'version'>;

/** Finds a folder. Its version changes when anything in it or in its folders is added, removed or renamed. */
export async function findDataFolder(folder: string, path: string): Promise<DataFolder> {
  const absolute = resolve(folder, path);
  const status = await stat(absolute).catch(async (cause: unknown) => {
    throw isMissing(cause) ? await missing(path, absolute, cause) : unreadable(path, cause);
  });
  if (!status.isDirectory()) {
    const remedy = 'name the folder that holds one folder a class';
    throw new DataError({ place: path, expected: 'a folder', found: 'a file', remedy });
  }
  const versions = [`${status.mtimeMs} ${status.ctimeMs}`];
  try {
    for await (const entry of await opendir(absolute)) {
      if (entry.isFile()) continue;
      // What cannot be looked at is named when the images are listed.
      const inside = await stat(join(absolute, entry.name)).catch(() => null);
      versions.push(`${entry.name} ${inside?.mtimeMs} ${inside?.ctimeMs}`);
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return { place: path, absolute, version: versions.sort().join('\n') };
}

/** For a file that cannot be read although it is there. */
export function unreadable(place: string, cause: unknown): DataError {
  const code = (cause as NodeJS.ErrnoException).code;
  const denied = code === 'EACCES' || code === 'EPERM';
  const found = denied ? 'no permission to read it' : (cause as Error).message;
  const remedy = denied ? 'allow reading it' : 'check the path and the disk';
  return new DataError({ place, expected: 'a readable file', found, remedy }, cause);
}

function isMissing(cause: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '');
}

async function missing(path: string, absolute: string, cause: unknown): Promise<DataError> {
  // Without a list of its neighbours the message just names none.
  const neighbours = await readdir(dirname(absolute)).catch(() => []);
  const near = nearest(basename(absolute), neighbours);
  const remedy =
    near === null
      ? 'check the path; it is relative to the network file'
      : `did you mean ${quoted(near)}?`;
  const found = `none at ${absolute}`;
  return new DataError({ place: path, expected: 'a file', found, remedy }, cause);
}
