/** `batchnorm export`: a saved variant, or the ensemble of a saved run, as an ONNX file, validated. */
import { resolve } from 'node:path';
import type { ExportChoices } from '../protocol/onnx.ts';
import { exportEnsemble, savedEnsemble } from '../runs/export-ensemble.ts';
import { exportModel, savedVariant } from '../runs/export-run.ts';
import { reportExport } from './report-validation.ts';

interface ExportOptions extends Partial<Omit<ExportChoices, 'output'>> {
  readonly onnx: string;
  readonly probabilities?: boolean;
  readonly json?: boolean;
}

/** Exit status 1 when onnxruntime disagrees; a model that could not be validated is written and says so. */
export async function exportCommand(run: string, options: ExportOptions): Promise<number> {
  const { onnx, json = false, probabilities = false, ...chosen } = options;
  // An ensemble says something of logits that were asked for.
  const choices = { ...chosen, ...(probabilities && { output: 'probabilities' as const }) };
  const path = resolve(onnx);
  const folder = resolve(run);
  const members = await savedEnsemble(folder);
  const result =
    members === null
      ? await exportModel(await savedVariant(folder), path, { choices })
      : await exportEnsemble(members, path, { choices });
  reportExport(result, json);
  return result.certificate.validation.outcome === 'failed' ? 1 : 0;
}
