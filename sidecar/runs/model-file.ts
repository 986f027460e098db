/** The bytes of an ONNX file that a person has named. */
import { readFile } from 'node:fs/promises';
import { RunError } from './prepare.ts';

/** Rejects with a sentence when it cannot be read. */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new RunError(
      `${path}: expected an ONNX file that can be read, found: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
