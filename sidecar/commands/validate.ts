/** `batchnorm validate`: an exported model under onnxruntime against the engine, once more. */
import { resolve } from 'node:path';
import { validateFile } from '../runs/validate-file.ts';
import { reportRevalidation } from './report-validation.ts';

/** Exit status 1 unless onnxruntime agrees and the certificate, where there is one, still holds. */
export async function validateCommand(
  model: string,
  options: { readonly folder?: string; readonly json?: boolean },
): Promise<number> {
  const path = resolve(model);
  const folder = options.folder === undefined ? undefined : resolve(options.folder);
  const revalidation = await validateFile(path, { folder });
  reportRevalidation(revalidation, path, options.json ?? false);
  return revalidation.found.validation.outcome === 'validated' ? 0 : 1;
}
