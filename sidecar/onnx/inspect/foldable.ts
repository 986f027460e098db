/**
 * Whether a batch normalization can go into the weights before it, and if not, why: by the rules that fold a model, but
 * from what the graph says alone, since the weights stay in the file.
 */
import type { NodeProto } from 'onnx-buf';
import type { InspectedBatchNorm } from '../../protocol/inspect.ts';
import { findWay, misfitOf, type Way } from '../foreign/host.ts';
import { otherThanAffine } from '../foreign/normalization.ts';
import { canFold, wrongType } from '../foreign/tensors.ts';
import type { BatchNormContext } from './batch-norm-context.ts';

/** Normalizations right behind each other: more than any model has, few enough for a file that is made of nothing else. */
const longestRow = 16;

/** Judges the normalizations of a graph one after the other, since one that goes lets the next one see what is before it. */
export class FoldingJudge {
  readonly #context: BatchNormContext;
  readonly #folded = new Set<NodeProto>();

  constructor(context: BatchNormContext) {
    this.#context = context;
  }

  /** `broken`: what is wrong with its own parameters, if anything, as the end of a sentence. */
  judge(node: NodeProto, broken: string | null): InspectedBatchNorm['folding'] {
    const found = this.#findHost(node, broken);
    if (typeof found === 'string') return { into: null, reason: found };
    this.#folded.add(node);
    return { into: this.#context.index.nameOf(found), reason: null };
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
  const names = node.input.slice(1, 5);
  const types = () => names.map((name) => judgeConstant(name, index)).find((why) => why !== null);
  return otherThanAffine(node, index, opset) ?? broken ?? types() ?? null;
}

/** By the types of the weights and of what is added. */
function judgeWeights({ node, additions }: Way, index: BatchNormContext['index']): string | null {
  const names = [...node.input.slice(1), ...additions.flatMap((each) => each.node.input)];
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
