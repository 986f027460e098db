/**
 * Reads an ONNX file: what its graph takes and gives, and for a model of ours all it was built from. Nothing in the
 * file is trusted; what is wrong is said with its place.
 */
import type { GraphProto, TensorProto, ValueInfoProto } from 'onnx-buf';
import type { Network, Tensor, Weights } from '../network/types.ts';
import type { ModelSource } from './build.ts';
import { decodeModel } from './decode.ts';
import { type EnsembleSource, memberTensor } from './ensemble.ts';
import { ModelFileError } from './errors.ts';
import { transpose, transposedSuffix } from './layer-nodes.ts';
import { type Entry, readDescription } from './metadata.ts';
import { opsetOf } from './opset.ts';
import { layerParameters, type Parameter } from './parameters.ts';
import { readStored } from './stored-values.ts';

/** An input or output of the graph. */
export interface ModelValue {
  readonly name: string;
  /** A number, or the name of a dimension that is left open; null when the file says nothing. */
  readonly shape: readonly (number | string | null)[] | null;
}

export interface ModelFile {
  readonly irVersion: number;
  /** Version of the standard operators; null when the file names none. */
  readonly opset: number | null;
  readonly producerName: string;
  readonly producerVersion: string;
  /** The graph's name. */
  readonly name: string;
  /** Without those that only give an initializer's shape. */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** Every entry of metadata_props, prefix included. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What `buildModel` was given; null for a model that is not ours, and for an ensemble. */
  readonly source: ModelSource | null;
  /** What `buildEnsemble` was given; null for any other model. */
  readonly ensemble: EnsembleSource | null;
}

/** Reads a model; `place` names the file in errors. Throws a ModelFileError for a file it cannot make sense of. */
export function readModel(bytes: Uint8Array, place: string): ModelFile {
  const model = decodeModel(bytes, place);
  const graph = model.graph;
  if (graph === undefined) {
    throw new ModelFileError(`${place}: expected an ONNX model with a graph, found none`);
  }
  const entries = model.metadataProps.map(({ key, value }): Entry => [key, value]);
  const description = readDescription(entries, place);
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const about = { name: graph.name, producerVersion: model.producerVersion };
  return {
    irVersion: Number(model.irVersion),
    opset: opsetOf(model),
    producerName: model.producerName,
    producerVersion: model.producerVersion,
    name: graph.name,
    inputs: graph.input.filter(({ name }) => !initializers.has(name)).map(readValue),
    outputs: graph.output.map(readValue),
    metadata: Object.fromEntries(entries),
    source:
      description && 'network' in description
        ? {
            ...description,
            ...about,
            weights: readWeights(description.network, graph, place),
          }
        : null,
    ensemble:
      description && 'members' in description
        ? {
            ...description,
            ...about,
            members: description.members.map((member) => ({
              ...member,
              weights: readWeights(member.network, graph, place, member.name),
            })),
          }
        : null,
  };
}

function readValue({ name, type }: ValueInfoProto): ModelValue {
  const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined;
  const shape = tensor?.shape?.dim.map(({ value }) => {
    if (value.case === 'dimValue') return Number(value.value);
    return value.case === 'dimParam' ? value.value : null;
  });
  return { name, shape: shape ?? null };
}

/** `member`: whose tensors to read, of an ensemble. */
function readWeights(network: Network, graph: GraphProto, place: string, member?: string): Weights {
  const tensorOf = (name: string) => (member === undefined ? name : memberTensor(member, name));
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const parameters = network.layers.flatMap(layerParameters);
  return new Map(
    parameters.map((parameter) => [
      parameter.name,
      readParameter(
        { ...parameter, name: tensorOf(parameter.name) },
        initializers,
        `${place}: ${tensorOf(parameter.name)}`,
      ),
    ]),
  );
}

function readParameter(
  { name, shape }: Parameter,
  initializers: ReadonlyMap<string, TensorProto>,
  place: string,
): Tensor {
  const direct = initializers.get(name);
  if (direct !== undefined) {
    return { shape, values: readStored(direct, { shape, axis: 0, initializers, place }) };
  }
  const transposed = initializers.get(name + transposedSuffix);
  if (transposed === undefined) {
    throw new ModelFileError(`${place}: expected an initializer of this name, found none`);
  }
  const [rows, columns] = shape;
  const wanted = { shape: [columns, rows], axis: 1, initializers, place };
  const values = readStored(transposed, wanted);
  return { shape, values: transpose(values, columns, rows) };
}
