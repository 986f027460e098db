/**
 * Several trained networks as one ONNX model: their graphs side by side, every name prefixed by its member's, each ending
 * in probabilities, and the mean of the probabilities (section 4.2.3 of the paper).
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { type GraphProto, GraphProtoSchema, ModelProtoSchema, type NodeProto } from 'onnx-buf';
import type { DataSummary, Network, Normalization, Weights } from '../network/types.ts';
import type { Folding } from '../protocol/onnx.ts';
import type { ModelForm } from './choices.ts';
import { ExportError } from './errors.ts';
import { buildGraph, inputName, valueInfo } from './graph.ts';
import { describeEnsemble } from './metadata.ts';
import { modelFields, toProperties } from './model.ts';
import { NodeWriter } from './node-writer.ts';
import { checkExportable } from './parameters.ts';
import { applyPrecision } from './precision.ts';
import type { Ranges } from './quantize.ts';

export interface EnsembleMember {
  /** Unique among the members; prefixes the names of its tensors. */
  readonly name: string;
  readonly network: Network;
  readonly weights: Weights;
  /** The step the weights belong to. */
  readonly steps: number;
  /** Where `foldBatchNorm` made the network: what it did. */
  readonly folding?: Folding;
}

/** All that an ensemble's model is made of; `readModel` gives it back. */
export interface EnsembleSource {
  readonly members: readonly EnsembleMember[];
  readonly normalization: Normalization;
  readonly data: DataSummary;
  readonly featureNames: readonly string[] | null;
  /** Written to metadata_props in this order, prefixed `batchnorm.`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The graph's name. */
  readonly name: string;
  readonly producerVersion: string;
  /** Whatever it says of the output, that is probabilities. */
  readonly form: ModelForm;
  /** What `calibrate` has found, for precision int8. */
  readonly ranges?: Ranges;
}

/** Name of a member's tensor in the graph of all. */
export function memberTensor(member: string, tensor: string): string {
  return `${member}/${tensor}`;
}

/** The bytes of the model. Throws an ExportError for values that no runtime should be handed. */
export function buildEnsemble(source: EnsembleSource): Uint8Array {
  const { members, name, data } = source;
  if (members.length < 2) {
    throw new ExportError(name, 'at least two members', String(members.length));
  }
  const graph = joinGraphs(
    source,
    members.map((member) => memberGraph(member, source)),
  );
  applyPrecision(graph, source.form, source.ranges);
  const model = create(ModelProtoSchema, {
    ...modelFields(source.producerVersion, source.form.opset),
    docString: `${name}: ${members.length} networks trained on ${data.name}, their class probabilities averaged. Takes raw values and normalizes them itself.`,
    graph,
    metadataProps: toProperties(describeEnsemble(source)),
  });
  return toBinary(ModelProtoSchema, model);
}

/** A member's graph, every name its own but that of the input, which all share. */
function memberGraph(
  { name, network, weights, steps }: EnsembleMember,
  { normalization, data, featureNames, form }: EnsembleSource,
): GraphProto {
  if (network.loss !== 'softmax-cross-entropy') {
    throw new ExportError(name, 'a member with loss: softmax-cross-entropy', network.loss);
  }
  checkExportable(network, weights, normalization, steps);
  const graph = buildGraph({
    ...{ network, weights, normalization, data, featureNames, name },
    form: { ...form, output: 'probabilities' },
  });
  const own = (tensor: string) => (tensor === inputName ? tensor : memberTensor(name, tensor));
  for (const node of graph.node) {
    node.name = own(node.name);
    node.input = node.input.map(own);
    node.output = node.output.map(own);
  }
  for (const tensor of graph.initializer) tensor.name = own(tensor.name);
  for (const output of graph.output) output.name = own(output.name);
  return graph;
}

function joinGraphs(
  { members, data, name }: EnsembleSource,
  graphs: readonly GraphProto[],
): GraphProto {
  const writer = new NodeWriter();
  const probabilities = graphs.map((graph) => graph.output[0].name);
  const outputName = 'probabilities';
  writer.rename(writer.node('Mean', 'ensemble', probabilities), outputName);
  const nodes: NodeProto[] = [...graphs.flatMap((graph) => graph.node), ...writer.nodes];
  const [{ network }] = members;
  const classes =
    data.classes === null ? '' : ` Classes in this order: ${data.classes.join(', ')}.`;
  const said = `Class probabilities, the mean over ${members.length} networks.${classes}`;
  return create(GraphProtoSchema, {
    name,
    node: nodes,
    initializer: graphs.flatMap((graph) => graph.initializer),
    input: graphs[0].input,
    output: [valueInfo(outputName, network.layers.at(-1)?.output ?? network.input, said)],
  });
}
