/** `batchnorm inspect`: what is in an ONNX file. */
import { resolve } from 'node:path';
import { inspectFile } from '../onnx/inspect/inspect.ts';
import { reportInspection } from './report-inspection.ts';

/** Exit status 0 for any file that can be read, whatever is suspicious about it. */
export async function inspectCommand(
  model: string,
  { json }: { readonly json?: boolean },
): Promise<number> {
  const inspection = await inspectFile(resolve(model));
  const text = json
    ? JSON.stringify({ event: 'inspection', ...inspection })
    : reportInspection(inspection);
  process.stdout.write(`${text}\n`);
  return 0;
}
