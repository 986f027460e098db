/** The bytes of an ONNX file that a person has named. */
import { readFile, stat } from 'node:fs/promises';
import { RunError } from './prepare.ts';

/** Rejects with a sentence when it cannot be read. */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    // Before it is opened: a pipe would wait for who writes to it, and a device may never end.
    if (!(await stat(path)).isFile()) throw new Error('something that is no file');
    return await readFile(path);
  } catch (error) {
    throw new RunError(
      `${path}: expected an ONNX file that can be read, found: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
