/** `batchnorm fold`: a copy of any ONNX model with its batch normalizations in the weights before them. */
import { resolve } from 'node:path';
import { count } from '../figures.ts';
import type { EqualityProof, FoldResult } from '../protocol/inspect.ts';
import { foldFile } from '../runs/fold-file.ts';
import { describeFolding } from './report-validation.ts';

/** Exit status 1 unless something was folded and a runtime has found both models equal. */
export async function foldCommand(
  model: string,
  options: { readonly onnx: string; readonly json?: boolean },
): Promise<number> {
  const result = await foldFile(resolve(model), resolve(options.onnx));
  const text = options.json
    ? JSON.stringify({ event: 'folded', ...result })
    : describe(result).join('\n');
  process.stdout.write(`${text}\n`);
  return result.proof?.outcome === 'equal' ? 0 : 1;
}

function describe({ folding, proof, path, nodes, bytes }: FoldResult): string[] {
  const lines = describeFolding(folding);
  if (proof === null || path === null) return [...lines, 'Nothing was folded and nothing written.'];
  return [
    ...lines,
    proofText(proof),
    `${path}: ${count(nodes.after)} nodes rather than ${count(nodes.before)}, ${count(bytes.after)} bytes rather than ${count(bytes.before)}`,
  ];
}

function proofText(proof: EqualityProof): string {
  const { outcome, reason, runtime, runs, maxAbsoluteError, maxRelativeError, tolerance } = proof;
  if (outcome === 'not-proved') return `Not proved to compute the same: ${reason}`;
  const inputs = proof.inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
  const found = `largest error ${maxAbsoluteError.toExponential(2)}, or ${maxRelativeError.toExponential(2)} of the largest value beside it (bound ${tolerance})`;
  const tried = `${runtime}, ${runs} runs on random ${inputs}, optimizations off and on: ${found}`;
  return outcome === 'equal'
    ? `Both compute the same. ${tried}`
    : `They do not compute the same: ${reason}. ${tried}`;
}
