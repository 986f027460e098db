/** A network as an ONNX graph at inference: raw values in, logits or predictions out. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  TensorProto_DataType as DataType,
  type GraphProto,
  GraphProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import {
  type DataSummary,
  type Layer,
  type Loss,
  type Network,
  type Normalization,
  type Shape,
  sizeOf,
  type Weights,
} from '../network/types.ts';
import type { ModelForm } from './choices.ts';
import { writeSoftmax } from './composed-nodes.ts';
import { ExportError } from './errors.ts';
import { computesNothing, writeLayer } from './layer-nodes.ts';
import { NodeWriter } from './node-writer.ts';

export interface GraphSource {
  readonly network: Network;
  readonly weights: Weights;
  readonly normalization: Normalization;
  readonly data: DataSummary;
  readonly featureNames: readonly string[] | null;
  readonly name: string;
  readonly form: ModelForm;
}

/** Name of the graph's only input, raw values in the data's own units, `[batch, ...input]`. */
export const inputName = 'input';

export function buildGraph(source: GraphSource): GraphProto {
  const {
    network,
    weights,
    name,
    form: { opset, output },
  } = source;
  const writer = new NodeWriter();
  const readers = readersOf(network.layers);
  /** The tensor that holds each layer's output. */
  const tensors = new Map([['input', normalizeInput(source, writer)]]);
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((input) => tensors.get(input)!);
    const normalized = readers.get(layer.name)?.every(({ kind }) => kind === 'batchnorm') ?? false;
    tensors.set(layer.name, writeLayer(layer, { writer, weights, inputs, normalized, opset }));
  }
  const last = network.layers.at(-1);
  const outputShape = last?.output ?? network.input;
  const logits = tensors.get(last?.name ?? 'input')!;
  const outputName = network.loss === 'mse' ? 'prediction' : output;
  const result =
    outputName === 'probabilities'
      ? writeProbabilities(network.loss, outputShape, { writer, logits, opset })
      : logits;
  // A graph's input cannot be its output.
  const computed = result === inputName ? writer.node('Identity', 'copy', [result]) : result;
  writer.rename(computed, outputName);
  checkNames(writer);
  return create(GraphProtoSchema, {
    name,
    node: writer.nodes,
    initializer: writer.initializers,
    input: [valueInfo(inputName, network.input, describeInput(source))],
    output: [valueInfo(outputName, outputShape, describeOutput(source))],
  });
}

/** What the loss makes of logits: for one logit the probability of the second class, else those of all. */
function writeProbabilities(
  loss: Loss,
  shape: Shape,
  { writer, logits, opset }: { writer: NodeWriter; logits: string; opset: number },
): string {
  return loss === 'binary-cross-entropy'
    ? writer.node('Sigmoid', 'output.sigmoid', [logits])
    : writeSoftmax('output.softmax', shape, { writer, x: logits, opset });
}

/** `(x - mean) / deviation` in two nodes, as the engine computes it, so that both round alike. */
function normalizeInput({ network, normalization }: GraphSource, writer: NodeWriter): string {
  const { mean, deviation } = normalization;
  const shapeOf = (values: Float32Array): Shape => (values.length === 1 ? [1] : network.input);
  let x = inputName;
  if (mean.some((value) => value !== 0)) {
    const tensor = writer.floats('normalization.mean', shapeOf(mean), mean);
    x = writer.node('Sub', 'normalization.subtract', [x, tensor]);
  }
  if (deviation.some((value) => value !== 1)) {
    const tensor = writer.floats('normalization.deviation', shapeOf(deviation), deviation);
    x = writer.node('Div', 'normalization.divide', [x, tensor]);
  }
  return x;
}

/** By layer, the layers whose nodes read its output, also through layers that compute nothing. */
function readersOf(layers: readonly Layer[]): ReadonlyMap<string, readonly Layer[]> {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const origin = (name: string): string => {
    const layer = byName.get(name);
    return layer && computesNothing(layer) ? origin(layer.inputs[0]) : name;
  };
  const readers = new Map<string, Layer[]>();
  for (const layer of layers.filter((each) => !computesNothing(each))) {
    for (const name of layer.inputs.map(origin)) {
      readers.set(name, [...(readers.get(name) ?? []), layer]);
    }
  }
  return readers;
}

export function valueInfo(name: string, shape: Shape, docString: string): ValueInfoProto {
  const dimensions = shape.map((size) => ({
    value: { case: 'dimValue' as const, value: BigInt(size) },
  }));
  const batch = { value: { case: 'dimParam' as const, value: 'batch' } };
  const type: MessageInitShape<typeof ValueInfoProtoSchema>['type'] = {
    value: {
      case: 'tensorType',
      value: { elemType: DataType.FLOAT, shape: { dim: [batch, ...dimensions] } },
    },
  };
  return create(ValueInfoProtoSchema, { name, type, docString });
}

function describeInput({ featureNames, network }: GraphSource): string {
  const values = `Raw values in the data's own units, ${sizeOf(network.input)} an example; the graph normalizes them.`;
  return featureNames === null ? values : `${values} In this order: ${featureNames.join(', ')}.`;
}

function describeOutput({ data, network, form }: GraphSource): string {
  if (network.loss === 'mse') return "Predictions in the target's own units.";
  const { classes } = data;
  const listed = classes === null ? '' : ` Classes in this order: ${classes.join(', ')}.`;
  if (network.loss === 'binary-cross-entropy') {
    return form.output === 'logits'
      ? `Logits, before sigmoid.${listed}`
      : `Probability of ${classes?.[1] ?? 'the second class'}.${listed}`;
  }
  return `${form.output === 'logits' ? 'Logits, before softmax.' : 'Class probabilities.'}${listed}`;
}

/** ONNX wants every tensor written once. A network file's names cannot collide, since they hold no dots; others might. */
function checkNames({ nodes, initializers }: NodeWriter): void {
  const seen = new Set([inputName]);
  const names = [...initializers.map(({ name }) => name), ...nodes.flatMap(({ output }) => output)];
  for (const name of names) {
    if (seen.has(name)) {
      throw new ExportError(name, 'one tensor of this name', 'two: rename a layer');
    }
    seen.add(name);
  }
}
