/** Nodes and initializers of a graph as they are added one by one, in the order in which they are computed. */
import { create } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from 'onnx-buf';
import type { Shape } from '../network/types.ts';

export class NodeWriter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];

  /** Adds a node with one output and returns that output's name. */
  node(
    opType: string,
    name: string,
    input: readonly string[],
    attribute: AttributeProto[] = [],
  ): string {
    const output = `${name}.output`;
    const message = { name, opType, input: [...input], output: [output], attribute };
    this.nodes.push(create(NodeProtoSchema, message));
    return output;
  }

  /** Adds an initializer and returns its name. */
  floats(name: string, shape: Shape, values: Float32Array): string {
    return this.#tensor(name, shape, DataType.FLOAT, values);
  }

  /** Adds a list of int64, such as a shape, and returns its name. */
  integers(name: string, values: readonly number[]): string {
    const wide = BigInt64Array.from(values, BigInt);
    return this.#tensor(name, [values.length], DataType.INT64, wide);
  }

  /** Gives a tensor another name wherever it is written or read. */
  rename(before: string, after: string): void {
    const swap = (name: string) => (name === before ? after : name);
    for (const node of this.nodes) {
      node.input = node.input.map(swap);
      node.output = node.output.map(swap);
    }
  }

  /** Adds a list of int8, or with an empty shape one of them, and returns its name. */
  bytes(name: string, shape: Shape, values: Int8Array): string {
    return this.#tensor(name, shape, DataType.INT8, values);
  }

  /** As `bytes`, from 0 to 255. */
  unsignedBytes(name: string, shape: Shape, values: Uint8Array): string {
    return this.#tensor(name, shape, DataType.UINT8, values);
  }

  #tensor(name: string, shape: Shape, dataType: DataType, values: Values): string {
    const tensor = create(TensorProtoSchema, { name, dims: shape.map(BigInt) });
    setValues(tensor, dataType, values);
    this.initializers.push(tensor);
    return name;
  }
}

type Values = Float32Array | BigInt64Array | Int32Array | Uint16Array | Int8Array | Uint8Array;

/** Gives a tensor values, and with them another type; its shape stays. */
export function setValues(
  tensor: TensorProto,
  dataType: DataType,
  { buffer, byteOffset, byteLength }: Values,
): void {
  tensor.dataType = dataType;
  tensor.rawData = Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength));
}

export function float(name: string, f: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f });
}

export function integer(name: string, i: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(i) });
}

export function integers(name: string, values: readonly number[]): AttributeProto {
  const ints = values.map(BigInt);
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints });
}
