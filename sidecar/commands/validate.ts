/** `batchnorm validate`: an exported model under onnxruntime against the engine, once more. */
import { resolve } from 'node:path';
import { validateFile } from '../runs/validate-file.ts';
import { reportValidation } from './report-validation.ts';

/** Exit status 1 unless onnxruntime agrees. */
export async function validateCommand(
  model: string,
  options: { readonly folder?: string; readonly json?: boolean },
): Promise<number> {
  const path = resolve(model);
  const folder = options.folder === undefined ? undefined : resolve(options.folder);
  const validation = await validateFile(path, { folder });
  reportValidation({ validation, path }, options.json ?? false);
  return validation.outcome === 'validated' ? 0 : 1;
}
