/**
 * Whether onnxruntime folds a batch normalization by itself when it loads a model, by the rules of its optimizer as they
 * were measured with version 1.30: Conv and MatMul take one in, others do not.
 */
import type { NodeProto } from 'onnx-buf';
import type { InspectedBatchNorm } from '../../protocol/inspect.ts';
import { describeNode, isOperator } from '../foreign/node.ts';
import { type BatchNormContext, isTraining } from './batch-norm-node.ts';

export function foldsAtRuntime(
  node: NodeProto,
  context: BatchNormContext,
): InspectedBatchNorm['runtime'] {
  const reason = whyNot(node, context);
  return reason === null ? { folds: true, reason } : { folds: false, reason };
}

function whyNot(node: NodeProto, { index, shapes, opset }: BatchNormContext): string | null {
  if (isTraining(node, opset)) return 'onnxruntime folds no node in training mode.';
  const tensor = node.input[0] ?? '';
  const host = index.producer(tensor);
  if (host === undefined) return 'onnxruntime finds no node before it to fold it into.';
  const before = `${describeNode(host)} before it`;
  if (!isOperator(host, 'Conv', 'MatMul')) {
    return `onnxruntime folds into Conv and into MatMul without a bias, not into ${before}.`;
  }
  const constants = [...node.input.slice(1), ...host.input.slice(1)].filter((name) => name !== '');
  const open = constants.find((name) => index.constant(name) === undefined);
  if (open !== undefined) return `onnxruntime folds constants only, and ${open} may change.`;
  if (index.isVisible(tensor)) {
    return `The output of ${before} is also an output of the graph or read by a subgraph.`;
  }
  if (index.readers(tensor).length > 1) return `The output of ${before} also goes elsewhere.`;
  if (isOperator(host, 'Conv')) return null;
  const rank = shapes.get(host.input[1])?.shape?.length;
  if (rank === 2) return null;
  return `onnxruntime folds into a MatMul by a matrix only, and ${host.input[1]} has ${rank ?? 'unknown'} dimensions.`;
}
