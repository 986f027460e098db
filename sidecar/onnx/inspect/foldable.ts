/** Whether a batch normalization can go into the weights of the node before it, and if not, why. */
import type { NodeProto } from 'onnx-buf';
import type { InspectedBatchNorm } from '../../protocol/inspect.ts';
import { type BatchNormContext, isTraining, nameOf } from './batch-norm-node.ts';
import { type GraphIndex, isStandard } from './graph-index.ts';

const hosts: readonly string[] = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'];

/** `broken`: what is wrong with its own parameters, if anything. */
export function findHost(
  node: NodeProto,
  context: BatchNormContext,
  broken: string | null,
): InspectedBatchNorm['folding'] {
  const found = hostOf(node, context, broken);
  return typeof found === 'string'
    ? { into: null, reason: found }
    : { into: nameOf(found), reason: null };
}

/** The node, or a sentence. */
function hostOf(
  node: NodeProto,
  { index, shapes, opset }: BatchNormContext,
  broken: string | null,
): NodeProto | string {
  if (isTraining(node, opset)) {
    return 'It computes with the statistics of each batch (training mode), which are no constants.';
  }
  if (broken !== null) return `Its parameters cannot be folded. ${broken}`;
  const overridable = overridableInput(node.input.slice(1), index);
  if (overridable !== null) {
    return `Its parameter ${overridable} is also an input of the graph, so whoever runs the model may replace it.`;
  }
  const tensor = node.input[0];
  const host = index.writerNode(tensor);
  if (host === null) {
    return `It takes ${tensor}, which no node computes; only a Conv, ConvTranspose, Gemm or MatMul right before it could take it in.`;
  }
  if (!hosts.includes(host.opType) || !isStandard(host)) {
    return `${host.opType} ${nameOf(host)} stands before it; only a Conv, ConvTranspose, Gemm or MatMul could take it in.`;
  }
  if (index.isOutput(tensor)) {
    return `The output of ${host.opType} ${nameOf(host)} before it is an output of the graph as well, where it must stay as it is.`;
  }
  const others = index.readers(tensor).length - 1;
  if (others > 0) {
    return `The output of ${host.opType} ${nameOf(host)} before it also goes to ${others} other ${others === 1 ? 'node' : 'nodes'}, where it must stay as it is.`;
  }
  const weights = host.input.slice(1).filter((name) => name !== '');
  const computed = weights.find((name) => index.constant(name) === null);
  if (computed !== undefined) {
    return `${computed}, which ${host.opType} ${nameOf(host)} before it computes with, is no constant.`;
  }
  const replaceable = overridableInput(weights, index);
  if (replaceable !== null) {
    return `${replaceable}, which ${host.opType} ${nameOf(host)} before it computes with, is also an input of the graph, so whoever runs the model may replace it.`;
  }
  const rank = shapes.get(tensor)?.shape?.length;
  if (host.opType === 'MatMul' && rank !== 2) {
    const found = rank === undefined ? 'an unknown number of' : String(rank);
    return `MatMul ${nameOf(host)} before it has ${found} dimensions; the channels are its last one, as folding needs, only with 2.`;
  }
  return host;
}

/** The first whose value may be another when the model runs. */
function overridableInput(names: readonly string[], index: GraphIndex): string | null {
  return names.find((name) => index.isOverridable(name)) ?? null;
}
