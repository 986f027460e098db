/**
 * Batch normalization folded into the weights before it, in an ONNX model of any origin: Conv, ConvTranspose, Gemm or
 * MatMul, also with an Add of constants behind. At inference it is an affine map of each channel (section 3.1 of the
 * paper, Algorithm 2, line 11). Computed in float64, rounded once to the type of the weights.
 */
import { create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type ModelProto,
  type NodeProto,
} from 'onnx-buf';
import type { Folding } from '../../protocol/onnx.ts';
import { opsetOf, unsaidOpset } from '../opset.ts';
import { GraphIndex } from './graph-index.ts';
import { findHost, type Host, type RankOf } from './host.ts';
import { isOperator, nodeName } from './node.ts';
import { type Affine, normalizationOf } from './normalization.ts';
import { writeConstant } from './tensors.ts';

/**
 * Folds in place every BatchNormalization of the main graph that can be, and says what became of each, in the order
 * of the graph. A model without a graph has none.
 */
export function foldModel(model: ModelProto, rankOf: RankOf): Folding {
  const folded: Folding['folded'][number][] = [];
  const kept: Folding['kept'][number][] = [];
  const { graph } = model;
  if (graph === undefined) return { folded, kept };
  const index = new GraphIndex(graph, model.irVersion);
  const opset = opsetOf(model) ?? unsaidOpset;
  for (const node of graph.node.filter((each) => isOperator(each, 'BatchNormalization'))) {
    const batchnorm = nodeName(node);
    const plan = planFold(node, { index, opset, rankOf });
    const keep = (why: string) => kept.push({ batchnorm, reason: `${batchnorm} is kept: ${why}` });
    if (typeof plan === 'string') {
      keep(plan);
      continue;
    }
    // A node without a name is called by its output, which folding changes.
    const into = nodeName(plan.host.node);
    const trouble = apply(node, plan, index);
    if (trouble === null) folded.push({ batchnorm, into });
    else keep(trouble);
  }
  index.finish();
  return { folded, kept };
}

export interface FoldSite {
  readonly index: GraphIndex;
  readonly opset: number;
  readonly rankOf: RankOf;
}

interface Plan {
  readonly host: Host;
  readonly affine: Affine;
}

/** What a BatchNormalization can go into, or the end of a sentence that says why there is nothing. Changes nothing. */
function planFold(node: NodeProto, { index, opset, rankOf }: FoldSite): Plan | string {
  const affine = normalizationOf(node, index, opset);
  if (typeof affine === 'string') return affine;
  const host = findHost(node, affine.scale.length, index, rankOf);
  return typeof host === 'string' ? host : { host, affine };
}

/** Null when it is done, else the end of a sentence that says why it cannot be, and nothing has changed. */
function apply(node: NodeProto, { host, affine }: Plan, index: GraphIndex): string | null {
  const { scale, shift } = affine;
  const { dims, values, tensor, channelOf } = host.weight;
  const bias = host.bias.map((value, channel) => value * scale[channel] + shift[channel]);
  const scaled = values.map((value, position) => value * scale[channelOf(position)]);
  const weightTensor = writeConstant(tensor, { dims, values: scaled });
  const biasTensor = writeConstant(tensor, { dims: [bias.length], values: bias });
  if (weightTensor === null || biasTensor === null) {
    return `folded into ${nodeName(host.node)}, its values would be too large for the type of the weights.`;
  }
  const [x, weightName] = host.node.input;
  const weight = index.addConstant(`${weightName}_folded`, weightTensor);
  const added = index.addConstant(`${nodeName(host.node)}_folded_bias`, biasTensor);
  if (isOperator(host.node, 'MatMul')) {
    index.setInputs(host.node, [x, weight]);
    addBehind(node, host, added, index);
  } else {
    index.setInputs(host.node, [x, weight, added]);
    if (isOperator(host.node, 'Gemm')) setBetaToOne(host.node);
    index.shorten(host.node, host.between, node);
  }
  return null;
}

/** MatMul has no bias: the Add behind it gets the constants, or the normalization becomes one. */
function addBehind(node: NodeProto, { addition, between }: Host, added: string, index: GraphIndex) {
  if (addition === null) {
    node.opType = 'Add';
    node.attribute = [];
    node.output = node.output.slice(0, 1);
    index.setInputs(node, [node.input[0], added]);
  } else {
    const position = between.indexOf(addition);
    const [x] = addition.input.filter((name) => index.constant(name) === undefined);
    index.setInputs(addition, [x, added]);
    index.shorten(addition, between.slice(0, position), node);
  }
}

/** What is added is no longer to be multiplied. */
function setBetaToOne(gemm: NodeProto): void {
  const beta = create(AttributeProtoSchema, { name: 'beta', type: AttributeType.FLOAT, f: 1 });
  gemm.attribute = [...gemm.attribute.filter(({ name }) => name !== 'beta'), beta];
}
