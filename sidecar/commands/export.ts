/** `batchnorm export`: a saved run as an ONNX file, validated. */
import { resolve } from 'node:path';
import { exportModel, savedVariant } from '../runs/export-run.ts';
import { reportValidation } from './report-validation.ts';

/** Exit status 1 when onnxruntime disagrees; a model that could not be validated is written and says so. */
export async function exportCommand(
  run: string,
  options: { readonly onnx: string; readonly json?: boolean },
): Promise<number> {
  const path = resolve(options.onnx);
  const trained = await savedVariant(resolve(run));
  const result = await exportModel(trained, path);
  reportValidation(result.validation, result.path, options.json ?? false);
  return result.validation.outcome === 'failed' ? 1 : 0;
}
