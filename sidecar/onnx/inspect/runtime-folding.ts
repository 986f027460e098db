/**
 * Whether onnxruntime folds a batch normalization by itself when it loads a model, by the rules of its optimizer as they
 * were measured with version 1.30. It folds constants that follow a Conv one after the other; into a MatMul, which then
 * is a Gemm, only one.
 */
import type { NodeProto } from 'onnx-buf';
import type { InspectedBatchNorm } from '../../protocol/inspect.ts';
import { isOperator } from '../foreign/node.ts';
import { isBatchNorm, isTraining } from '../foreign/normalization.ts';
import type { BatchNormContext } from './batch-norm-context.ts';

/** Nodes that are passed over: more than any model has, few enough for a file that is made of nothing else. */
const longestWay = 16;

export function foldsAtRuntime(
  node: NodeProto,
  context: BatchNormContext,
): InspectedBatchNorm['runtime'] {
  const reason = whyNot(node, context);
  return reason === null ? { folds: true, reason } : { folds: false, reason };
}

function whyNot(node: NodeProto, context: BatchNormContext): string | null {
  const { index } = context;
  if (isTraining(node, context.opset)) return 'onnxruntime folds no node in training mode.';
  const own = notConstant(node.input.slice(1), context);
  if (own !== null) return own;
  /** Whether something stands between that only a Conv takes in. */
  let onlyConv = false;
  let tensor = node.input[0] ?? '';
  for (let steps = 0; steps < longestWay; steps += 1) {
    const before = index.producer(tensor);
    if (before === undefined) return 'onnxruntime finds no node before it to fold it into.';
    const what = `${index.describe(before)} before it`;
    if (index.isVisible(tensor)) {
      return `The output of ${what} is also an output of the graph or read by a subgraph.`;
    }
    if (index.readers(tensor).length > 1) return `The output of ${what} also goes elsewhere.`;
    if (isOperator(before, 'Conv')) return notConstant(before.input.slice(1), context);
    if (isOperator(before, 'MatMul') && !onlyConv) return notMatrix(before, context);
    const next = passedOver(before, tensor, context);
    if (next === null) {
      return `onnxruntime folds into Conv, and into MatMul without a bias, not into ${what}.`;
    }
    onlyConv ||= next.onlyConv;
    tensor = next.tensor;
  }
  return `onnxruntime's rules are followed over ${longestWay} nodes, and none of those before it takes it in.`;
}

/** A reason where one of the tensors may change. */
function notConstant(names: readonly string[], { index }: BatchNormContext): string | null {
  const open = names.find((name) => name !== '' && !index.isConstant(name));
  return open === undefined ? null : `onnxruntime folds constants only, and ${open} may change.`;
}

function notMatrix(matMul: NodeProto, context: BatchNormContext): string | null {
  const rank = context.shapes.get(matMul.output[0])?.shape?.length;
  if (rank === 2) return notConstant(matMul.input.slice(1), context);
  return `onnxruntime folds into a MatMul that gives a matrix, and ${context.index.describe(matMul)} before it has ${rank ?? 'an unknown number of'} dimensions.`;
}

interface Passed {
  /** What the node takes that is no constant. */
  readonly tensor: string;
  readonly onlyConv: boolean;
}

/** A node that onnxruntime takes out or folds before it comes to the normalization behind it; null for any other. */
function passedOver(node: NodeProto, output: string, context: BatchNormContext): Passed | null {
  const { index, shapes, opset } = context;
  const [tensor = ''] = node.input;
  if (isOperator(node, 'Identity', 'Dropout')) return { tensor, onlyConv: false };
  if (isBatchNorm(node)) {
    const folds = !isTraining(node, opset) && notConstant(node.input.slice(1), context) === null;
    return folds ? { tensor, onlyConv: true } : null;
  }
  if (!isOperator(node, 'Add', 'Mul') || node.input.length !== 2) return null;
  const [constant, ...others] = node.input.filter((name) => index.constant(name) !== undefined);
  const changing = node.input.find((name) => index.constant(name) === undefined);
  const shape = shapes.get(output)?.shape;
  if (constant === undefined || others.length > 0 || changing === undefined || !shape) return null;
  const dims = shapes.get(constant)?.shape ?? [];
  // One value a channel, which is the second axis of the output.
  const aligned = [...Array<number>(Math.max(0, shape.length - dims.length)).fill(1), ...dims];
  const fits = aligned.every((size, axis) => (axis === 1 ? size === shape[1] : size === 1));
  return fits ? { tensor: changing, onlyConv: true } : null;
}
