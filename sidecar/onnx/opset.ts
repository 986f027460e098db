/** Which version of ONNX's own operators a model is written in. */
import type { ModelProto } from 'onnx-buf';

/** What to go by where a file names none, as ONNX has it. */
export const unsaidOpset = 1;

/** Null where the file names none. */
export function opsetOf({ opsetImport }: Pick<ModelProto, 'opsetImport'>): number | null {
  const standard = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  return standard === undefined ? null : Number(standard.version);
}
