/** NPZ files: zip archives of NPY arrays, as numpy.savez and numpy.savez_compressed write them. */
import zlib from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { nearest } from '../nearest.ts';
import { DataError } from './error.ts';
import type { DataFile } from './files.ts';
import {
  checkNpyLength,
  maximumHeader,
  type NpyArray,
  type NpyHeader,
  parseNpy,
  parseNpyHeader,
} from './npy.ts';
import { listed, megabytes, quoted } from './wording.ts';

export interface Npz {
  /** Fails when there is no such array, or when it is not as long as its header says or too long to be read. */
  header(name: string): Promise<NpyHeader>;
  array(name: string): Promise<NpyArray>;
  /** How messages name an array. */
  place(name: string): string;
}

/** Of one array, once decompressed. */
export const maximumNpzBytes = 2 ** 31;

/** Opens a file, lends it to `use` and closes it. */
export async function withNpz<T>(file: DataFile, use: (npz: Npz) => Promise<T>): Promise<T> {
  const damaged = (cause: unknown) => {
    const found = `another or a damaged one (${(cause as Error).message})`;
    const remedy = 'save the arrays again with numpy.savez';
    return new DataError({ place: file.place, expected: 'an NPZ file', found, remedy }, cause);
  };
  const zip = await openPromise(file.absolute, { autoClose: false }).catch((cause: unknown) => {
    throw damaged(cause);
  });
  try {
    const entries = new Map<string, Entry>();
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
    return await use(arrays(zip, entries, file.place));
  } catch (cause) {
    throw cause instanceof DataError ? cause : damaged(cause);
  } finally {
    zip.close();
  }
}

function arrays(zip: ZipFile, entries: ReadonlyMap<string, Entry>, file: string): Npz {
  const place = (name: string) => `${file}, array ${quoted(name)}`;
  const find = (name: string) => entries.get(`${name}.npy`) ?? absent(name, entries, file);
  const header = async (name: string) => {
    const entry = find(name);
    const length = entry.uncompressedSize;
    if (length > maximumNpzBytes) {
      throw new DataError({
        place: place(name),
        expected: `at most ${megabytes(maximumNpzBytes)}`,
        found: megabytes(length),
        remedy: 'use fewer examples, or a smaller type',
      });
    }
    const start = await read(zip, entry, Math.min(length, maximumHeader + 12));
    const parsed = parseNpyHeader(start, place(name));
    checkNpyLength(parsed, length, place(name));
    return parsed;
  };
  return {
    place,
    header,
    async array(name) {
      // Before all of it is in memory.
      await header(name);
      const entry = find(name);
      const bytes = await read(zip, entry, entry.uncompressedSize);
      // Absent before Node 20.15.
      if (zlib.crc32 && zlib.crc32(bytes) !== entry.crc32) {
        const remedy = 'save or copy the file again';
        const expected = 'values with the checksum stored beside them';
        throw new DataError({ place: place(name), expected, found: 'others', remedy });
      }
      return parseNpy(bytes, place(name));
    },
  };
}

/** The first bytes of an entry. */
async function read(zip: ZipFile, entry: Entry, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let end = 0;
  for await (const block of await zip.openReadStreamPromise(entry)) {
    const part = (block as Buffer).subarray(0, length - end);
    bytes.set(part, end);
    end += part.length;
    if (end === length && length < entry.uncompressedSize) break;
  }
  return bytes;
}

function absent(name: string, entries: ReadonlyMap<string, Entry>, place: string): never {
  const names = [...entries.keys()].map((key) => key.replace(/\.npy$/, ''));
  const near = nearest(name, names);
  const found = names.length === 0 ? 'none at all' : `only ${listed(names)}`;
  const remedy = near === null ? 'name one of them' : `did you mean ${quoted(near)}?`;
  throw new DataError({ place, expected: `an array ${quoted(name)}`, found, remedy });
}
