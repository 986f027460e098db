/**
 * Whether onnxruntime folds a batch normalization by itself when it loads a model, by the rules of its optimizer as they
 * were measured with version 1.30: Conv and MatMul take one in, others do not.
 */
import type { NodeProto } from 'onnx-buf';
import type { InspectedBatchNorm } from '../../protocol/inspect.ts';
import { type BatchNormContext, isTraining, nameOf } from './batch-norm-node.ts';
import { isStandard } from './graph-index.ts';

export function foldsAtRuntime(
  node: NodeProto,
  context: BatchNormContext,
): InspectedBatchNorm['runtime'] {
  const reason = whyNot(node, context);
  return reason === null ? { folds: true, reason } : { folds: false, reason };
}

function whyNot(node: NodeProto, { index, shapes, opset }: BatchNormContext): string | null {
  if (isTraining(node, opset)) return 'onnxruntime folds no node in training mode.';
  const tensor = node.input[0];
  const host = index.writerNode(tensor);
  if (host === null) return `onnxruntime finds no node before it to fold it into.`;
  const before = `${host.opType} ${nameOf(host)} before it`;
  if (!isStandard(host) || (host.opType !== 'Conv' && host.opType !== 'MatMul')) {
    return `onnxruntime folds into Conv and into MatMul without a bias, not into ${before}.`;
  }
  const constants = [...node.input.slice(1), ...host.input.slice(1)].filter((name) => name !== '');
  const open = constants.find((name) => index.constant(name) === null || index.isOverridable(name));
  if (open !== undefined) return `onnxruntime folds constants only, and ${open} may change.`;
  if (index.isOutput(tensor)) return `The output of ${before} is an output of the graph as well.`;
  if (index.readers(tensor).length > 1) return `The output of ${before} also goes elsewhere.`;
  if (host.opType === 'Conv') return null;
  const rank = shapes.get(host.input[1])?.shape?.length;
  if (rank === 2) return null;
  return `onnxruntime folds into a MatMul by a matrix only, and ${host.input[1]} has ${rank ?? 'unknown'} dimensions.`;
}
