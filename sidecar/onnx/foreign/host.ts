/** Finds what a batch normalization of any model can go into: linear nodes with constant weights right before it. */
import type { NodeProto, TensorProto } from 'onnx-buf';
import { sizeOf } from '../../network/types.ts';
import { Attributes } from './attributes.ts';
import type { GraphIndex } from './graph-index.ts';
import { isOperator } from './node.ts';
import { type Constant, readConstant } from './tensors.ts';

/** The number of dimensions of a tensor; null where it is not known. */
export type RankOf = (tensor: string) => number | null;

/** y = weights * x + bias, channel by channel. */
export interface Host {
  /** Conv, ConvTranspose, Gemm or MatMul; its weights are its second input. */
  readonly node: NodeProto;
  readonly weight: Constant & {
    readonly tensor: TensorProto;
    /** Channel of the output that a value of the weight adds to. */
    readonly channelOf: (index: number) => number;
  };
  /** `[channels]`, all that is added after the weights. */
  readonly bias: Float64Array;
  /** Each Add of a constant behind it, which are part of `bias`, the last one first. */
  readonly additions: readonly NodeProto[];
  /** Nodes between `node` and the normalization, the additions among them, the last one first. */
  readonly between: readonly NodeProto[];
}

interface Addition {
  readonly node: NodeProto;
  readonly tensor: TensorProto;
}

/** As in `Host`. */
export interface Way {
  readonly node: NodeProto;
  readonly between: readonly NodeProto[];
  readonly additions: readonly Addition[];
}

const wanted =
  'only Conv, ConvTranspose, Gemm or MatMul with constant weights right before it could take it in.';

/** What `normalization`, of so many channels, can go into, or the end of a sentence that says why there is nothing. */
export function findHost(
  normalization: NodeProto,
  channels: number,
  index: GraphIndex,
  rankOf: RankOf,
): Host | string {
  const way = findWay(normalization, index);
  return typeof way === 'string' ? way : hostOf(way, channels, index, rankOf);
}

/**
 * The way from a normalization to what it could go into by the graph alone, or the end of a sentence. `isFolded` tells
 * normalizations that will be gone before this one's turn.
 */
export function findWay(
  normalization: NodeProto,
  index: GraphIndex,
  isFolded: (node: NodeProto) => boolean = () => false,
): Way | string {
  const between: NodeProto[] = [];
  const additions: Addition[] = [];
  let [tensor] = normalization.input;
  for (;;) {
    const node = index.producer(tensor);
    if (node === undefined) return `it takes ${tensor}, which no node computes, and ${wanted}`;
    if (index.isVisible(tensor)) {
      return `the output of ${index.describe(node)} before it is also an output of the graph or read by a subgraph, where it must stay as it is.`;
    }
    const others = index.readers(tensor).length - 1;
    if (others > 0) {
      return `the output of ${index.describe(node)} before it also goes to ${others} other node${others === 1 ? '' : 's'}, where it must stay as it is.`;
    }
    if (isOperator(node, 'Conv', 'ConvTranspose', 'Gemm', 'MatMul')) {
      return { node, between, additions };
    }
    const added = additionOf(node, index);
    if (added === null && !computesNothing(node, index) && !isFolded(node)) {
      return `${index.describe(node)} stands before it, and ${wanted}`;
    }
    between.push(node);
    if (added !== null) additions.push(added);
    const isConstant = (name: string) => index.constant(name) !== undefined;
    tensor = added === null ? node.input[0] : node.input.find((name) => !isConstant(name))!;
  }
}

/** Of an Add with one constant and one other input. */
function additionOf(node: NodeProto, index: GraphIndex): Addition | null {
  if (!isOperator(node, 'Add') || node.input.length !== 2) return null;
  const constants = node.input.map((name) => index.constant(name));
  const tensor = constants.find((each) => each !== undefined);
  return tensor === undefined || constants.every((each) => each !== undefined)
    ? null
    : { node, tensor };
}

function computesNothing(node: NodeProto, index: GraphIndex): boolean {
  if (isOperator(node, 'Identity')) return true;
  const isUsed = (name: string) => index.readers(name).length > 0 || index.isVisible(name);
  // Its third input could turn it into dropout while training.
  return isOperator(node, 'Dropout') && node.input.length < 3 && !node.output.slice(1).some(isUsed);
}

function hostOf(way: Way, channels: number, index: GraphIndex, rankOf: RankOf): Host | string {
  const { node, between } = way;
  const what = index.describe(node);
  const tensor = index.constant(node.input[1] ?? '');
  if (tensor === undefined) return weightsAreNone(node, index);
  const constant = readConstant(tensor);
  if (typeof constant === 'string') return `${constant}.`;
  const { dims } = constant;
  const misfit = misfitOf(way, channels, index, rankOf);
  if (misfit !== null) return misfit;
  const form = formOf(node, dims)!;
  const bias = new Float64Array(channels);
  for (const { tensor: added, factor } of biasesOf(way, dims, index)) {
    const values = channelValues(added!, channels);
    if (typeof values === 'string') return `what is added to ${what} before it ${values}.`;
    for (let channel = 0; channel < channels; channel += 1)
      bias[channel] += factor * values[channel];
  }
  const weight = { ...constant, tensor, channelOf: form.channelOf };
  const additions = way.additions.map((each) => each.node);
  return { node, weight, bias, additions, between };
}

/** What of the shapes on the way keeps so many channels from going there, as the end of a sentence; null if nothing. */
export function misfitOf(
  way: Way,
  channels: number,
  index: GraphIndex,
  rankOf: RankOf,
): string | null {
  const { node } = way;
  const what = index.describe(node);
  const weight = index.constant(node.input[1] ?? '');
  if (weight === undefined) return weightsAreNone(node, index);
  const dims = weight.dims.map(Number);
  if (formOf(node, dims)?.channels !== channels) {
    return `the weights of ${what} before it have the shape [${dims}], which does not give its ${channels} channels.`;
  }
  if (isOperator(node, 'MatMul') && rankOf(node.output[0]) !== 2) {
    return `${what} before it is not known to give a matrix, [batch, channels].`;
  }
  for (const { tensor, rank, axis } of biasesOf(way, dims, index)) {
    if (tensor === undefined) return `what is added to ${what} before it is no constant.`;
    const own = tensor.dims.map(Number);
    const aligned = [...Array<number>(Math.max(0, rank - own.length)).fill(1), ...own];
    const fits = aligned.every((size, at) => size === 1 || (at === axis && size === channels));
    if (aligned.length !== rank || !fits) {
      return `what is added to ${what} before it has the shape [${own}], which is not one value a channel.`;
    }
  }
  return null;
}

function weightsAreNone(node: NodeProto, index: GraphIndex): string {
  const weights = `the weights of ${index.describe(node)} before it`;
  return index.isConstant(node.input[1] ?? '')
    ? `${weights} stand behind a Cast from another type, in which they would be rounded once more.`
    : `${weights} are no constant.`;
}

interface Bias {
  /** Undefined where it is no constant. */
  readonly tensor: TensorProto | undefined;
  readonly factor: number;
  /** What it is broadcast to, and where the channels lie there. */
  readonly rank: number;
  readonly axis: number;
}

/** All that is added after weights of this shape. */
function biasesOf(
  { node, additions }: Way,
  { length }: readonly number[],
  index: GraphIndex,
): Bias[] {
  const isConvolution = isOperator(node, 'Conv', 'ConvTranspose');
  const output = { rank: isConvolution ? length : 2, axis: 1 };
  // A convolution's own bias is a list; all else is broadcast to the output.
  const own = isConvolution ? { rank: 1, axis: 0 } : output;
  const biases: Bias[] = [];
  const [, , name] = node.input;
  if (name) biases.push({ tensor: index.constant(name), factor: betaOf(node), ...own });
  for (const { tensor } of additions) biases.push({ tensor, factor: 1, ...output });
  return biases;
}

function betaOf(node: NodeProto): number {
  return isOperator(node, 'Gemm') ? new Attributes(node).float('beta', 1) : 1;
}

interface Form {
  readonly channels: number;
  readonly channelOf: (index: number) => number;
}

/** Where the channels of the output lie in weights of this shape, row-major; null for a shape that fits none. */
function formOf(node: NodeProto, dims: readonly number[]): Form | null {
  const columns = (count: number): Form => ({
    channels: count,
    channelOf: (index) => index % count,
  });
  const rows = (count: number): Form => {
    const size = sizeOf(dims) / count;
    return { channels: count, channelOf: (index) => Math.floor(index / size) };
  };
  switch (node.opType) {
    case 'Conv':
      return dims.length < 3 ? null : rows(dims[0]);
    case 'ConvTranspose':
      return dims.length < 3 ? null : transposed(dims, new Attributes(node).integer('group', 1));
    case 'Gemm':
      if (dims.length !== 2) return null;
      return new Attributes(node).integer('transB', 0) === 0 ? columns(dims[1]) : rows(dims[0]);
    default:
      return dims.length === 2 ? columns(dims[1]) : null;
  }
}

/** `[inputs, outputs / groups, ...kernel]`: the inputs of a group give its outputs. */
function transposed([inputs, outputs, ...kernel]: readonly number[], groups: number): Form {
  const taps = sizeOf(kernel);
  const inputsOfGroup = inputs / groups;
  return {
    channels: outputs * groups,
    channelOf: (index) => {
      const block = Math.floor(index / taps);
      const group = Math.floor(Math.floor(block / outputs) / inputsOfGroup);
      return group * outputs + (block % outputs);
    },
  };
}

/** One value a channel, or what is wrong with it. */
function channelValues(tensor: TensorProto, channels: number): Float64Array | string {
  const constant = readConstant(tensor);
  if (typeof constant === 'string') return `cannot be told: ${constant}`;
  const { values } = constant;
  return values.length === 1 ? new Float64Array(channels).fill(values[0]) : values;
}
