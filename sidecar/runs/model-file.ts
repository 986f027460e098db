/** The bytes of an ONNX file that a person has named. */
import { readFile, stat } from 'node:fs/promises';
import { ModelFileError } from '../onnx/errors.ts';
import { limits } from '../onnx/wire/limits.ts';
import { RunError } from './prepare.ts';

/** Rejects with a sentence when it cannot be read whole, and reads nothing of a file that is too large for that. */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    // Reading a pipe would wait for who writes to it.
    if (!found.isFile()) throw new Error('something that is no file');
    if (found.size > limits.wholeFileBytes) {
      throw new ModelFileError(
        `${path}: expected an ONNX file of at most ${limits.wholeFileBytes} bytes to be read whole, found ${found.size}. Keep its weights in external data.`,
      );
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof ModelFileError) throw error;
    throw new RunError(
      `${path}: expected an ONNX file that can be read, found: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
