/** Which version of ONNX's own operators a model uses. */
import type { ModelProto } from 'onnx-buf';

/** Null where the model names none, which no runtime takes. */
export function opsetOf({ opsetImport }: Pick<ModelProto, 'opsetImport'>): number | null {
  const standard = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  return standard === undefined ? null : Number(standard.version);
}
