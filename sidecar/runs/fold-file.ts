/** Folds the batch normalizations of an ONNX file of any origin into a copy, and has a runtime prove that both are one. */
import { dirname, resolve } from 'node:path';
import { clone, toBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { buildModel } from '../onnx/build.ts';
import { decodeModel } from '../onnx/decode.ts';
import { buildEnsemble } from '../onnx/ensemble.ts';
import { foldBatchNorm } from '../onnx/fold.ts';
import { foldModel } from '../onnx/foreign/fold.ts';
import { inlineExternal } from '../onnx/foreign/inline.ts';
import { isBatchNorm } from '../onnx/foreign/normalization.ts';
import { proveEqual } from '../onnx/foreign/prove.ts';
import { inferShapes } from '../onnx/inspect/shapes/infer.ts';
import { opsetOf } from '../onnx/opset.ts';
import { readModel } from '../onnx/read.ts';
import type { FoldResult } from '../protocol/inspect.ts';
import { type Folding, opsets } from '../protocol/onnx.ts';
import { joinFoldings } from './export-ensemble.ts';
import { failedName } from './export-run.ts';
import { readModelFile } from './model-file.ts';
import { RunError } from './prepare.ts';
import { makePlaceFor, unwritable, writeWhole } from './run-folder.ts';

/**
 * Rejects with a sentence for a file that is no model or a place that cannot be written. A copy that turns out to
 * compute something else is kept under a name that says that it failed.
 */
export async function foldFile(
  path: string,
  target: string,
  signal?: AbortSignal,
): Promise<FoldResult> {
  if (resolve(path) === resolve(target)) {
    throw new RunError(
      `${target}: expected another file than the model itself, which stays as it is. Choose another name.`,
    );
  }
  const bytes = await readModelFile(path);
  const before = await decode(bytes, path);
  const { model: after, folding } = fold(before, bytes, path);
  if (folding.folded.length === 0) {
    const same = sizesOf(before, bytes.length);
    return { path: null, folding, proof: null, ...join(same, same) };
  }
  await makePlaceFor(target);
  const proof = await proveEqual({ before, after, tensors: insideOf(before), signal });
  signal?.throwIfAborted();
  const written = proof.outcome === 'different' ? failedName(target) : target;
  const content = toBinary(ModelProtoSchema, after);
  try {
    await writeWhole({ [written]: content });
  } catch (error) {
    throw unwritable(written, error as Error);
  }
  const sizes = join(sizesOf(before, bytes.length), sizesOf(after, content.length));
  return { path: written, folding, proof, ...sizes };
}

/** The model with all its values in it. */
async function decode(bytes: Uint8Array, path: string): Promise<ModelProto> {
  const model = decodeModel(bytes, path);
  await inlineExternal(model, dirname(path), path);
  return model;
}

/** A model of ours is written anew from what it was made of, so that what it says about itself stays true. */
function fold(
  before: ModelProto,
  bytes: Uint8Array,
  path: string,
): { model: ModelProto; folding: Folding } {
  const { source, ensemble } = readModel(bytes, path);
  const precision = (source ?? ensemble)?.form.precision ?? 'float32';
  if (precision !== 'float32') {
    throw new RunError(
      `${path}: expected a model with float32 weights, found ${precision}, which folding would round once more. Export it folded from the run that it comes from.`,
    );
  }
  if (source !== null) {
    const folded = foldBatchNorm(source, Number(source.metadata.steps ?? 0));
    return { model: decodeModel(buildModel(folded), path), folding: folded.folding };
  }
  if (ensemble !== null) {
    const members = ensemble.members.map((member) => foldBatchNorm(member, member.steps));
    const model = decodeModel(buildEnsemble({ ...ensemble, members }), path);
    return { model, folding: joinFoldings(members) };
  }
  const model = clone(ModelProtoSchema, before);
  const shapes = model.graph && inferShapes(model.graph, opsetOf(model) ?? opsets.newest);
  const rankOf = (tensor: string) => shapes?.get(tensor)?.shape?.length ?? null;
  return { model, folding: foldModel(model, rankOf) };
}

/** What the nodes to be folded give, which the folded model's layers give in their place. */
function insideOf({ graph }: ModelProto): string[] {
  const nodes = graph?.node.filter(isBatchNorm) ?? [];
  return nodes.map(({ output }) => output[0]);
}

interface Sizes {
  readonly bytes: number;
  readonly nodes: number;
}

function sizesOf({ graph }: ModelProto, bytes: number): Sizes {
  return { bytes, nodes: graph?.node.length ?? 0 };
}

function join(before: Sizes, after: Sizes): Pick<FoldResult, 'bytes' | 'nodes'> {
  return {
    bytes: { before: before.bytes, after: after.bytes },
    nodes: { before: before.nodes, after: after.nodes },
  };
}
