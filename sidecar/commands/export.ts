/** `batchnorm export`: a saved variant, or the ensemble of a saved run, as an ONNX file, validated. */
import { resolve } from 'node:path';
import { exportEnsemble, savedEnsemble } from '../runs/export-ensemble.ts';
import { exportModel, savedVariant } from '../runs/export-run.ts';
import { reportExport } from './report-validation.ts';

/** Exit status 1 when onnxruntime disagrees; a model that could not be validated is written and says so. */
export async function exportCommand(
  run: string,
  options: { readonly onnx: string; readonly fold?: boolean; readonly json?: boolean },
): Promise<number> {
  const choices = { fold: options.fold ?? false };
  const path = resolve(options.onnx);
  const folder = resolve(run);
  const members = await savedEnsemble(folder);
  const result =
    members === null
      ? await exportModel(await savedVariant(folder), path, { choices })
      : await exportEnsemble(members, path, { choices });
  reportExport(result, options.json ?? false);
  return result.validation.outcome === 'failed' ? 1 : 0;
}
