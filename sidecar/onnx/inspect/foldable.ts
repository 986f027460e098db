/**
 * Whether a batch normalization can go into the weights before it, and if not, why: by the rules that fold a model, but
 * from what the graph says alone, since the weights stay in the file.
 */
import type { NodeProto } from 'onnx-buf';
import type { InspectedBatchNorm } from '../../protocol/inspect.ts';
import { findWay, misfitOf, type Way } from '../foreign/host.ts';
import { integerAttribute, nodeName } from '../foreign/node.ts';
import { canFold, wrongType } from '../foreign/tensors.ts';
import { type BatchNormContext, isTraining } from './batch-norm-node.ts';

/** Normalizations right behind each other: more than any model has, few enough for a file that is made of nothing else. */
const longestRow = 16;
/** Before it the operator told training from inference in another way. */
const oldestOpset = 7;

/** Judges the normalizations of a graph one after the other, since one that goes lets the next one see what is before it. */
export class FoldingJudge {
  readonly #context: BatchNormContext;
  readonly #folded = new Set<NodeProto>();

  constructor(context: BatchNormContext) {
    this.#context = context;
  }

  /** `broken`: what is wrong with its own parameters, if anything. */
  judge(node: NodeProto, broken: string | null): InspectedBatchNorm['folding'] {
    const found = this.#findHost(node, broken);
    if (typeof found === 'string') return { into: null, reason: found };
    this.#folded.add(node);
    return { into: nodeName(found), reason: null };
  }

  /** The node it can go into, or the end of a sentence that says why there is none. */
  #findHost(node: NodeProto, broken: string | null): NodeProto | string {
    const { index, shapes } = this.#context;
    const own = judgeItself(node, this.#context, broken);
    if (own !== null) return own;
    let passed = 0;
    const way = findWay(node, index, (each) => {
      passed += 1;
      return passed <= longestRow && this.#folded.has(each);
    });
    if (typeof way === 'string') return way;
    const channels = Number(index.constant(node.input[1])?.dims[0]);
    const rankOf = (tensor: string) => shapes.get(tensor)?.shape?.length ?? null;
    return misfitOf(way, channels, index, rankOf) ?? judgeWeights(way, index) ?? way.node;
  }
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

/** By the types of the weights and of what is added. */
function judgeWeights({ node, addition }: Way, index: BatchNormContext['index']): string | null {
  const names = [...node.input.slice(1), ...(addition?.node.input ?? [])];
  const constants = names.filter((name) => index.constant(name) !== undefined);
  return constants.map((name) => judgeConstant(name, index)).find((why) => why !== null) ?? null;
}

function judgeConstant(name: string, index: BatchNormContext['index']): string | null {
  const tensor = index.constant(name);
  if (tensor === undefined) return `${name} is no constant.`;
  return canFold(tensor.dataType)
    ? null
    : `the values of ${name} are ${wrongType(tensor.dataType)}.`;
}
