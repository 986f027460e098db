/**
 * A graph of ours in int8, by QuantizeLinear and DequantizeLinear nodes as onnxruntime's own quantizer places them, so
 * that it makes integer kernels of them: before dense layers and convolutions, behind convolutions, and around what
 * comes between. Activations are uint8 with one scale and zero point a tensor (on x86, onnxruntime 1.30 makes no integer
 * kernel of int8 ones that have two readers), weights int8 with a scale each output channel, biases int32 in the product
 * of both scales. All else computes in float32.
 */
import { TensorProto_DataType as DataType, type GraphProto, type NodeProto } from 'onnx-buf';
import { ExportError } from './errors.ts';
import { integer, NodeWriter, setValues } from './node-writer.ts';
import { floatsOf, type WeightedNode, weightedNodes } from './weighted-nodes.ts';

/** What a tensor's values were seen to lie between. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** By tensor of the graph. */
export type Ranges = ReadonlyMap<string, Range>;

/** How the values of a tensor become integers of 8 bits: value = scale * (integer - zeroPoint). */
interface Grid {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Added to the name of an int8 or int32 initializer: where its scale is. */
export const scaleSuffix = '.scale';

/** Operators whose output takes its values from their input, so that one range serves both. */
const passing = new Set(['Flatten', 'Reshape', 'Transpose', 'MaxPool']);
/** Other operators that have integer kernels, quantized where all that they read is. */
const following = new Set(['Add', 'Concat', 'AveragePool', 'GlobalAveragePool']);
/** Smallest normal float32: a scale below it would lose its precision. */
const smallest = 2 ** -126;
/** Half of what an int32 bias can hold, so that no rounding takes it beyond. */
const largestBias = 2 ** 30;

/** Tensors that must be quantized, with the tensor that each takes its range from, in the order of the graph. */
export function quantizedTensors(graph: GraphProto): ReadonlyMap<string, string> {
  const producers = new Map(graph.node.map((node) => [node.output[0], node]));
  const results = new Set(graph.output.map(({ name }) => name));
  const wanted = new Set(
    weightedNodes(graph).flatMap(({ node }) =>
      node.opType === 'Conv' ? [node.input[0], resultOf(node, graph)] : [node.input[0]],
    ),
  );
  const constants = new Set(graph.initializer.map(({ name }) => name));
  for (const node of graph.node) {
    const activations = node.input.filter((tensor) => !constants.has(tensor));
    const follows = following.has(node.opType) || passing.has(node.opType);
    if (follows && activations.every((tensor) => wanted.has(tensor))) {
      wanted.add(resultOf(node, graph));
    }
  }
  const origin = (tensor: string): string => {
    const producer = producers.get(tensor);
    return producer && passing.has(producer.opType) ? origin(producer.input[0]) : tensor;
  };
  return new Map(
    [...wanted].filter((tensor) => !results.has(tensor)).map((tensor) => [tensor, origin(tensor)]),
  );
}

/** The output of a convolution, or that of the Relu that alone reads it, which becomes a part of the convolution. */
function resultOf({ output: [output] }: NodeProto, graph: GraphProto): string {
  const readers = graph.node.filter(({ input }) => input.includes(output));
  return readers.length === 1 && readers[0].opType === 'Relu' ? readers[0].output[0] : output;
}

/** Rewrites the graph. `ranges` has all that `quantizedTensors` takes ranges from. */
export function quantizeGraph(graph: GraphProto, ranges: Ranges, perChannel: boolean): void {
  const grids = new Map<string, Grid>();
  for (const [tensor, origin] of quantizedTensors(graph)) {
    grids.set(tensor, gridOf(ranges.get(origin)!));
  }
  const weighted = new Map(weightedNodes(graph).map((each) => [each.node, each]));
  const writer = new NodeWriter();
  /** By tensor, what its readers read instead. */
  const replaced = new Map<string, string>();
  const quantize = (tensor: string) => {
    const grid = grids.get(tensor);
    if (grid !== undefined) replaced.set(tensor, writeActivation(writer, tensor, grid));
  };
  for (const { name } of graph.input) quantize(name);
  for (const node of graph.node) {
    const parts = weighted.get(node);
    // Before its input gets another name.
    const grid = grids.get(node.input[0]);
    node.input = node.input.map((tensor) => replaced.get(tensor) ?? tensor);
    if (parts !== undefined && grid !== undefined) writeWeights(writer, parts, grid, perChannel);
    writer.nodes.push(node);
    quantize(node.output[0]);
  }
  graph.node = writer.nodes;
  graph.initializer = [...graph.initializer, ...writer.initializers];
}

/** The grid of int8 over a range, which must hold 0, for padding and for Relu, exactly. */
export function gridOf({ min, max }: Range): Grid {
  const low = Math.min(min, 0);
  const scale = Math.fround((Math.max(max, 0) - low) / 255);
  if (!Number.isFinite(scale)) {
    const found = `${min} to ${max}`;
    throw new ExportError('precision int8', 'activations of a finite range', found);
  }
  // Constant zeros: any scale will do.
  if (scale < smallest) return { scale: 1, zeroPoint: 0 };
  return { scale, zeroPoint: Math.round(-low / scale) };
}

function writeActivation(writer: NodeWriter, tensor: string, { scale, zeroPoint }: Grid): string {
  const parameters = [
    writer.floats(`${tensor}${scaleSuffix}`, [], Float32Array.of(scale)),
    writer.unsignedBytes(`${tensor}.zero_point`, [], Uint8Array.of(zeroPoint)),
  ];
  const integers = writer.node('QuantizeLinear', `${tensor}.quantize`, [tensor, ...parameters]);
  return writer.node('DequantizeLinear', `${tensor}.dequantize`, [integers, ...parameters]);
}

/** Makes the weight int8 and the bias int32, in place, and lets the node read them dequantized. */
function writeWeights(
  writer: NodeWriter,
  { node, weight, bias, axis }: WeightedNode,
  input: Grid,
  perChannel: boolean,
): void {
  const values = floatsOf(weight);
  const offsets = bias && floatsOf(bias);
  const dims = weight.dims.map(Number);
  const inner = dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  const channelOf = (index: number) => (perChannel ? Math.floor(index / inner) % dims[axis] : 0);
  const scales = new Float32Array(perChannel ? dims[axis] : 1);
  for (const [index, value] of values.entries()) {
    const channel = channelOf(index);
    scales[channel] = Math.max(scales[channel], Math.abs(value) / 127);
  }
  // A coarser weight where a bias, in units of both scales, would not fit an int32.
  offsets?.forEach((value, channel) => {
    const least = Math.abs(value) / largestBias / input.scale;
    const place = perChannel ? channel : 0;
    scales[place] = Math.max(scales[place], least);
  });
  for (const [channel, scale] of scales.entries()) if (scale < smallest) scales[channel] = 1;
  setValues(
    weight,
    DataType.INT8,
    Int8Array.from(values, (value, index) => Math.round(value / scales[channelOf(index)])),
  );
  const shape = perChannel ? [scales.length] : [];
  const along = perChannel ? [integer('axis', axis)] : [];
  const zeros = writer.bytes(`${weight.name}.zero_point`, shape, new Int8Array(scales.length));
  const scale = writer.floats(`${weight.name}${scaleSuffix}`, shape, scales);
  const dequantize = (tensor: string, parameters: string[], attributes = along) =>
    writer.node('DequantizeLinear', `${tensor}.dequantize`, [tensor, ...parameters], attributes);
  node.input[1] = dequantize(weight.name, [scale, zeros]);
  if (bias === null || offsets === null) return;
  const units = scales.map((each) => each * input.scale);
  setValues(
    bias,
    DataType.INT32,
    Int32Array.from(offsets, (value, channel) =>
      Math.round(value / units[perChannel ? channel : 0]),
    ),
  );
  const unit = writer.floats(`${bias.name}${scaleSuffix}`, shape, units);
  node.input[2] = dequantize(bias.name, [unit], perChannel ? [integer('axis', 0)] : []);
}
