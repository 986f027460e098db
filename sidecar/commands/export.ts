/** `batchnorm export`: a saved variant, or the ensemble of a saved run, as an ONNX file, validated. */
import { resolve } from 'node:path';
import { type ExportChoices, opsets } from '../protocol/onnx.ts';
import { exportEnsemble, savedEnsemble } from '../runs/export-ensemble.ts';
import { exportModel, savedVariant } from '../runs/export-run.ts';
import { reportExport } from './report-validation.ts';

interface ExportOptions {
  readonly onnx: string;
  readonly fold?: boolean;
  readonly probabilities?: boolean;
  readonly opset?: number;
  readonly precision?: ExportChoices['precision'];
  readonly json?: boolean;
}

/** Exit status 1 when onnxruntime disagrees; a model that could not be validated is written and says so. */
export async function exportCommand(run: string, options: ExportOptions): Promise<number> {
  const { fold = false, opset = opsets.usual, precision = 'float32' } = options;
  const choices = {
    ...{ fold, opset, precision },
    ...(options.probabilities && { output: 'probabilities' as const }),
  };
  const path = resolve(options.onnx);
  const folder = resolve(run);
  const members = await savedEnsemble(folder);
  const result =
    members === null
      ? await exportModel(await savedVariant(folder), path, { choices })
      : await exportEnsemble(members, path, { choices });
  reportExport(result, options.json ?? false);
  return result.certificate.validation.outcome === 'failed' ? 1 : 0;
}
