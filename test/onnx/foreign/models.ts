/** Small ONNX graphs as other programs write them, with seeded random numbers. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
} from 'onnx-buf';
import { sizeOf } from '../../../sidecar/network/types.ts';
import { toHalf } from '../../../sidecar/onnx/half.ts';
import { seededRandom } from '../../../sidecar/random.ts';

type Graph = MessageInitShape<typeof GraphProtoSchema>;
type Node = NonNullable<Graph['node']>[number];
type Tensor = NonNullable<Graph['initializer']>[number];

const random = seededRandom(1, 'foreign models');

/** Operator, inputs, output and attributes: `{ alpha: 0.5 }` is a float, `{ group: 2n }` an integer. */
export function node(
  opType: string,
  input: readonly string[],
  output: string | readonly string[],
  attributes: Readonly<Record<string, number | bigint | readonly number[]>> = {},
): Node {
  const attribute = Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'bigint') return { name, type: AttributeType.INT, i: value };
    if (typeof value === 'number') return { name, type: AttributeType.FLOAT, f: value };
    return { name, type: AttributeType.INTS, ints: value.map(BigInt) };
  });
  return { opType, input: [...input], output: [output].flat(), attribute };
}

/** Standard normal numbers, or those given. */
export function tensor(name: string, dims: readonly number[], values?: readonly number[]): Tensor {
  const numbers = values ?? Array.from({ length: sizeOf(dims) }, () => random.normal());
  const rawData = new Uint8Array(Float32Array.from(numbers).buffer);
  return { name, dims: dims.map(BigInt), dataType: DataType.FLOAT, rawData };
}

/** The same numbers as float16. */
export function halved({ name, dims, rawData }: Tensor): Tensor {
  const numbers = new Float32Array(Uint8Array.from(rawData ?? []).buffer);
  const halves = Uint8Array.from(new Uint8Array(toHalf(numbers).buffer));
  return { name, dims, dataType: DataType.FLOAT16, rawData: halves };
}

/** Gamma, beta, mean and a positive variance of so many channels, named after `name`. */
export function statistics(name: string, channels: number): Tensor[] {
  const variance = Array.from({ length: channels }, () => 0.1 + random.uniform());
  return [
    tensor(`${name}.gamma`, [channels]),
    tensor(`${name}.beta`, [channels]),
    tensor(`${name}.mean`, [channels]),
    tensor(`${name}.variance`, [channels], variance),
  ];
}

/** A BatchNormalization whose constants are called after its output. */
export function batchNormalization(
  x: string,
  y: string,
  attributes: Parameters<typeof node>[3] = { epsilon: 1e-3 },
): Node {
  const inputs = ['gamma', 'beta', 'mean', 'variance'].map((role) => `${y}.${role}`);
  return node('BatchNormalization', [x, ...inputs], y, attributes);
}

/** From `x` of this shape, its first dimension open, to `y`. */
export function modelOf(
  shape: readonly number[],
  nodes: readonly Node[],
  initializers: readonly Tensor[],
  {
    outputs = ['y'],
    opset = 13,
    type = DataType.FLOAT,
  }: { outputs?: readonly string[]; opset?: number; type?: DataType } = {},
): ModelProto {
  const dim = [
    { value: { case: 'dimParam' as const, value: 'N' } },
    ...shape.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } })),
  ];
  const tensorType = { elemType: type, shape: { dim } };
  return create(ModelProtoSchema, {
    irVersion: 7n,
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    graph: {
      name: 'foreign',
      node: [...nodes],
      initializer: [...initializers],
      input: [{ name: 'x', type: { value: { case: 'tensorType', value: tensorType } } }],
      output: outputs.map((name) => ({ name })),
    },
  });
}
