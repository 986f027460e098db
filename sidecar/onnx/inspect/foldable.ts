/**
 * Whether a batch normalization can go into the weights before it, and if not, why: by the rules that fold a model, but
 * from what the graph says alone, since the weights stay in the file.
 */
import type { NodeProto } from 'onnx-buf';
import type { InspectedBatchNorm } from '../../protocol/inspect.ts';
import { findWay } from '../foreign/host.ts';
import { describeNode, integerAttribute, isOperator, nodeName } from '../foreign/node.ts';
import { canFold, wrongType } from '../foreign/tensors.ts';
import { type BatchNormContext, isTraining } from './batch-norm-node.ts';

/** Before it the operator told training from inference in another way. */
const oldestOpset = 7;

/** `broken`: what is wrong with its own parameters, if anything. */
export function judgeFolding(
  node: NodeProto,
  context: BatchNormContext,
  broken: string | null,
): InspectedBatchNorm['folding'] {
  const own = judgeItself(node, context, broken);
  if (own !== null) return { into: null, reason: capitalize(own) };
  const way = findWay(node, context.index);
  if (typeof way === 'string') return { into: null, reason: capitalize(way) };
  const reason = judgeWeights(way.node, context);
  return reason === null
    ? { into: nodeName(way.node), reason }
    : { into: null, reason: capitalize(reason) };
}

function judgeItself(
  node: NodeProto,
  { index, opset }: BatchNormContext,
  broken: string | null,
): string | null {
  if (opset < oldestOpset) {
    return `opset ${oldestOpset} or newer is expected, found ${opset}, where the node means something else.`;
  }
  if (isTraining(node, opset)) return 'it is in training mode, where it normalizes by each batch.';
  if (integerAttribute(node, 'spatial', 1) === 0) {
    return 'it has statistics for every place (spatial = 0), where one a channel is expected.';
  }
  if (broken !== null) return `its parameters are no finite constants that can be read. ${broken}`;
  const names = node.input.slice(1, 5);
  const unfit = names.map((name) => judgeConstant(name, index)).find((why) => why !== null);
  return unfit ?? null;
}

function judgeWeights(host: NodeProto, { index, shapes }: BatchNormContext): string | null {
  const what = describeNode(host);
  for (const name of host.input.slice(1).filter((each) => each !== '')) {
    if (index.constant(name) === undefined) {
      return `${name}, which ${what} before it computes with, is no constant.`;
    }
    const unfit = judgeConstant(name, index);
    if (unfit !== null) return unfit;
  }
  if (isOperator(host, 'MatMul') && shapes.get(host.output[0])?.shape?.length !== 2) {
    return `${what} before it is not known to give a matrix, [batch, channels].`;
  }
  return null;
}

function judgeConstant(name: string, index: BatchNormContext['index']): string | null {
  const tensor = index.constant(name);
  if (tensor === undefined) return `${name} is no constant.`;
  return canFold(tensor.dataType)
    ? null
    : `the values of ${name} are ${wrongType(tensor.dataType)}.`;
}

function capitalize(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
