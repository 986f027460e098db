/** Random numbers of the shape and type that a model's inputs have, for models of which nothing else is known. */
import { TensorProto_DataType as DataType, type ModelProto, type ValueInfoProto } from 'onnx-buf';
import { sizeOf } from '../../network/types.ts';
import { type Random, seededRandom } from '../../random.ts';
import { toHalf } from '../half.ts';
import type { RuntimeTensor, TensorData } from '../runtime-messages.ts';

/** What is tried for dimensions that a model leaves open: the batch, then all others, which networks of images halve again and again. */
export interface OpenSizes {
  readonly batch: number;
  readonly others: number;
}

interface NumberType {
  /** As onnxruntime calls it. */
  readonly name: string;
  readonly make: (count: number, random: Random) => TensorData;
}

/** Whole numbers are often indices into tables, of which the first rows exist. */
const mostIndex = 2;
const normal = (count: number, random: Random) =>
  Array.from({ length: count }, () => random.normal());
const indices = (count: number, random: Random) =>
  Array.from({ length: count }, () => random.below(mostIndex));

const types: Partial<Record<DataType, NumberType>> = {
  [DataType.FLOAT]: { name: 'float32', make: (...of) => Float32Array.from(normal(...of)) },
  [DataType.DOUBLE]: { name: 'float64', make: (...of) => Float64Array.from(normal(...of)) },
  [DataType.FLOAT16]: {
    name: 'float16',
    make: (...of) => toHalf(Float32Array.from(normal(...of))),
  },
  [DataType.UINT8]: { name: 'uint8', make: (...of) => Uint8Array.from(indices(...of)) },
  [DataType.INT8]: { name: 'int8', make: (...of) => Int8Array.from(indices(...of)) },
  [DataType.INT32]: { name: 'int32', make: (...of) => Int32Array.from(indices(...of)) },
  [DataType.INT64]: {
    name: 'int64',
    make: (...of) => BigInt64Array.from(indices(...of), BigInt),
  },
  [DataType.BOOL]: { name: 'bool', make: (...of) => Uint8Array.from(indices(...of)) },
};

/** More numbers than a proof should need: 256 MiB of float32. */
const mostValues = 2 ** 26;

/** By name, one tensor for each input that a caller has to give; a sentence where that cannot be made. */
export function randomInputs(
  { graph }: Pick<ModelProto, 'graph'>,
  sizes: OpenSizes,
  seed: number,
): Record<string, RuntimeTensor> | string {
  const given = new Set(graph?.initializer.map(({ name }) => name));
  const feeds: [string, RuntimeTensor][] = [];
  for (const input of graph?.input ?? []) {
    if (given.has(input.name)) continue;
    const tensor = randomTensor(input, sizes, seededRandom(seed, 'proof', input.name));
    if (typeof tensor === 'string') return tensor;
    feeds.push([input.name, tensor]);
  }
  return Object.fromEntries(feeds);
}

function randomTensor(
  { name, type }: ValueInfoProto,
  { batch, others }: OpenSizes,
  random: Random,
): RuntimeTensor | string {
  const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined;
  const numbers = types[tensor?.elemType as DataType];
  if (tensor === undefined || numbers === undefined) {
    const found = tensor === undefined ? 'no tensor' : (DataType[tensor.elemType] ?? 'none');
    return `input ${name}: expected a tensor of numbers that can be made up, found ${found}`;
  }
  const dims = (tensor.shape?.dim ?? []).map(({ value }, axis) => {
    if (value.case === 'dimValue' && value.value > 0n) return Number(value.value);
    return axis === 0 ? batch : others;
  });
  const count = sizeOf(dims);
  if (count > mostValues) {
    return `input ${name}: expected at most ${mostValues} values, found the shape [${dims.join(', ')}]`;
  }
  return { type: numbers.name, dims, data: numbers.make(count, random) };
}
