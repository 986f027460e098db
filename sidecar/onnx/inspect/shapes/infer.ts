/**
 * What type and shape every tensor of a graph has, as far as that can be told without running it: what the file says,
 * and where it says nothing, what the operators make of their inputs.
 */
import {
  TensorProto_DataType as DataType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type TypeProto,
  type ValueInfoProto,
} from 'onnx-buf';
import type { Dimension } from '../../../protocol/inspect.ts';
import { Attributes } from '../../foreign/attributes.ts';
import { isOperator, isStandard } from '../../foreign/node.ts';
import { heldTensor } from '../../foreign/tensors.ts';
import { limits } from '../../wire/limits.ts';
import { storageOf } from '../tensor-types.ts';
import { rules } from './rules.ts';
import { absent, type Known, unknown } from './types.ts';

/** Of sizes, and of the factors that Resize takes. */
const shapeTypes: readonly number[] = [DataType.INT64, DataType.INT32, DataType.FLOAT];

/** By the name of the tensor. Nodes come in an order in which each follows its inputs, as ONNX demands. */
export function inferShapes(graph: GraphProto, opset: number): ReadonlyMap<string, Known> {
  const declared = new Map<string, Known>();
  for (const value of [...graph.valueInfo, ...graph.output])
    declared.set(value.name, ofValue(value));
  const known = new Map<string, Known>();
  for (const value of graph.input) known.set(value.name, ofValue(value));
  for (const tensor of graph.initializer) known.set(tensor.name, ofTensor(tensor));
  for (const { values, dims } of graph.sparseInitializer) {
    if (values)
      known.set(values.name, { ...unknown, type: values.dataType, shape: dims.map(Number) });
  }
  for (const node of graph.node) {
    const outputs = outputsOf(node, known, opset);
    node.output.forEach((name, index) => {
      known.set(name, merge(declared.get(name), outputs[index] ?? unknown));
    });
  }
  return known;
}

function outputsOf(
  node: NodeProto,
  known: ReadonlyMap<string, Known>,
  opset: number,
): readonly Known[] {
  if (!isStandard(node)) return [];
  if (isOperator(node, 'Constant')) {
    const tensor = heldTensor(node);
    return tensor === undefined ? [] : [bound(ofTensor(tensor))];
  }
  const attributes = new Attributes(node);
  const rule = rules.get(node.opType);
  if (rule === undefined) return [];
  const inputs = node.input.map((name) => (name === '' ? absent : (known.get(name) ?? unknown)));
  const input = (index: number) => inputs[index] ?? absent;
  return rule({ input, inputs, attributes, outputs: node.output.length, opset }).map(bound);
}

/** Without shapes that no tensor has, which a file may be made to grow. */
function bound({ type, shape, elements }: Known): Known {
  const few = <T>(items: readonly T[] | null) =>
    items && items.length > limits.rank ? null : items;
  return { type, shape: few(shape), elements: few(elements) };
}

/** What the file says, and what follows from the inputs where it leaves something open. */
function merge(declared: Known | undefined, inferred: Known): Known {
  if (declared === undefined) return inferred;
  const sameRank = declared.shape?.length === inferred.shape?.length;
  const shape =
    declared.shape?.map((size, axis) => size ?? (sameRank ? inferred.shape![axis] : null)) ??
    inferred.shape;
  return { type: declared.type ?? inferred.type, shape, elements: inferred.elements };
}

function ofValue({ type }: ValueInfoProto): Known {
  return ofType(type);
}

function ofType(type: TypeProto | undefined): Known {
  if (type?.value.case !== 'tensorType' && type?.value.case !== 'sparseTensorType') return unknown;
  const { elemType, shape } = type.value.value;
  const sizes = shape?.dim.map(({ value }): Dimension => {
    if (value.case === 'dimValue') return Number(value.value);
    return value.case === 'dimParam' && value.value !== '' ? value.value : null;
  });
  return { type: elemType || null, shape: sizes ?? null, elements: null };
}

function ofTensor(tensor: TensorProto): Known {
  return { type: tensor.dataType, shape: tensor.dims.map(Number), elements: shortList(tensor) };
}

/** Values of a short list of numbers that shapes are computed from, which the skeleton of a model still has. */
function shortList(tensor: TensorProto): readonly number[] | null {
  const storage = storageOf(tensor.dataType);
  if (!shapeTypes.includes(tensor.dataType)) return null;
  const count = tensor.dims.reduce((total, size) => total * size, 1n);
  const { rawData } = tensor;
  if (storage !== null && rawData.length > 0) {
    const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
    if (BigInt(rawData.length) !== count * BigInt(storage.bytes)) return null;
    return Array.from({ length: Number(count) }, (_, i) =>
      storage.fromRaw(view, i * storage.bytes),
    );
  }
  const { int64Data, int32Data, floatData } = tensor;
  const typed = [int64Data, int32Data, floatData].find(({ length }) => length > 0) ?? [];
  return BigInt(typed.length) === count ? Array.from(typed, Number) : null;
}
