/** Operators that arrange values anew: their shapes, and the lists of sizes that models compute shapes with. */
import { TensorProto_DataType as DataType } from 'onnx-buf';
import type { Dimension } from '../../../protocol/inspect.ts';
import {
  absent,
  axisOf,
  type Known,
  numbers,
  ofType,
  product,
  type Rule,
  type RuleInput,
  type ShapeOf,
  sizeOrNull,
} from './types.ts';

export const flatten: Rule = ({ input, attributes }) => {
  const { type, shape } = input(0);
  if (shape === null) return [ofType(type, null)];
  const given = attributes.integer('axis', 1);
  const axis = given < 0 ? given + shape.length : given;
  const joined = (sizes: ShapeOf) => (sizes.length === 1 ? sizes[0] : product(sizes));
  return [ofType(type, [joined(shape.slice(0, axis)), joined(shape.slice(axis))])];
};

export const reshape: Rule = ({ input, attributes }) => {
  const { type, shape } = input(0);
  // Before opset 5 the shape was an attribute.
  const wanted = attributes.integers('shape') ?? input(1).elements;
  if (wanted === null) return [ofType(type, null)];
  const keepsZero = attributes.integer('allowzero', 0) !== 0;
  const sizes = wanted.map((size, axis) =>
    size === 0 && !keepsZero ? (shape?.[axis] ?? null) : size,
  );
  return [{ ...ofType(type, fillOpen(sizes, shape)), elements: input(0).elements }];
};

/** With the size that is -1 computed, where that can be. */
function fillOpen(sizes: readonly Dimension[], shape: ShapeOf | null): ShapeOf {
  const open = sizes.indexOf(-1);
  if (open < 0) return sizes;
  const others = sizes.filter((_, axis) => axis !== open);
  // Names that stand on both sides cancel out.
  const rest = [...(shape ?? [null])];
  const left: Dimension[] = [];
  for (const size of others) {
    const same = typeof size === 'string' ? rest.indexOf(size) : -1;
    if (same >= 0) rest.splice(same, 1);
    else left.push(size);
  }
  const total = product(rest);
  const part = product(left);
  const alone = rest.length === 1 && part === 1 ? rest[0] : null;
  const size = total === null || !part ? alone : sizeOrNull(total / part);
  return sizes.with(open, size);
}

export const transpose: Rule = ({ input, attributes }) => {
  const { type, shape } = input(0);
  if (shape === null) return [ofType(type, null)];
  const order = attributes.integers('perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
  const fits = order.length === shape.length && order.every((axis) => axis in shape);
  return [ofType(type, fits ? order.map((axis) => shape[axis]) : null)];
};

export const squeeze: Rule = (node) => {
  const { type, shape, elements } = node.input(0);
  const axes = listOf(node, 'axes', 1);
  if (shape === null || axes === null) return [{ ...ofType(type, null), elements }];
  const gone = new Set(axes.map((axis) => axisOf(axis, shape.length)));
  const left =
    axes.length === 0
      ? shape.filter((size) => size !== 1)
      : shape.filter((_, axis) => !gone.has(axis));
  return [{ type, shape: gone.has(null) ? null : left, elements }];
};

export const unsqueeze: Rule = (node) => {
  const { type, shape, elements } = node.input(0);
  const axes = listOf(node, 'axes', 1);
  if (shape === null || axes === null) return [{ ...ofType(type, null), elements }];
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => axisOf(axis, rank)));
  if (added.has(null) || added.size < axes.length) return [{ ...ofType(type, null), elements }];
  const left = [...shape];
  const result = Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : left.shift()!));
  return [{ type, shape: result, elements }];
};

export const concat: Rule = ({ input, inputs, attributes }) => {
  const { type } = input(0);
  const shapes = inputs.map(({ shape }) => shape);
  const elements = inputs.every((each) => each.elements !== null && each.shape?.length === 1)
    ? inputs.flatMap((each) => each.elements ?? [])
    : null;
  const first = shapes.find((shape) => shape !== null);
  const axis = first ? axisOf(attributes.integer('axis', 1), first.length) : null;
  if (!first || axis === null) return [{ ...ofType(type, null), elements }];
  if (shapes.some((shape) => shape && shape.length !== first.length)) return [ofType(type, null)];
  const along =
    product(shapes.map((shape) => shape?.[axis] ?? null)) === null
      ? null
      : shapes.reduce<number>((sum, shape) => sum + (shape![axis] as number), 0);
  const shape = first.map((size, index) => (index === axis ? along : size));
  return [{ type, shape, elements }];
};

export const shapeOf: Rule = ({ input, attributes }) => {
  const { shape } = input(0);
  if (shape === null) return [ofType(DataType.INT64, [null])];
  const last = attributes.get('end') === undefined ? shape.length : attributes.integer('end', 0);
  const elements = shape.slice(attributes.integer('start', 0), last);
  return [{ type: DataType.INT64, shape: [elements.length], elements }];
};

export const gather: Rule = ({ input, attributes }) => {
  const { type, shape, elements } = input(0);
  const indices = input(1);
  const picked = numbers(indices.elements)?.map((index) => elements?.at(index) ?? null) ?? null;
  const axis = shape && axisOf(attributes.integer('axis', 0), shape.length);
  if (shape === null || indices.shape === null || axis === null) return [ofType(type, null)];
  const result = [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)];
  return [{ type, shape: result, elements: elements && picked }];
};

export const slice: Rule = (node) => {
  const { type, shape, elements } = node.input(0);
  const starts = listOf(node, 'starts', 1);
  const ends = listOf(node, 'ends', 2);
  if (shape === null || starts === null || ends === null) return [ofType(type, null)];
  const given = listOf(node, 'axes', 3);
  const axes = given?.length === 0 ? starts.map((_, axis) => axis) : given;
  const steps = listOf(node, 'steps', 4);
  if (axes === null || steps === null || ends.length !== starts.length) {
    return [
      ofType(
        type,
        shape.map(() => null),
      ),
    ];
  }
  const result = [...shape];
  for (const [index, each] of axes.entries()) {
    const axis = axisOf(each, shape.length);
    if (axis === null) return [ofType(type, null)];
    const step = steps[index] ?? 1;
    result[axis] = sliced(shape[axis], starts[index], ends[index], step);
  }
  const part =
    elements && axes.length === 1 && (steps[0] ?? 1) === 1 && elements.slice(starts[0], ends[0]);
  return [{ type, shape: result, elements: part || null }];
};

function sliced(size: Dimension, start: number, end: number, step: number): Dimension {
  if (typeof size !== 'number')
    return start === 0 && end >= 2 ** 31 - 1 && step === 1 ? size : null;
  const clamp = (place: number, least: number, most: number) =>
    Math.min(Math.max(place < 0 ? place + size : place, least), most);
  const [from, to] =
    step > 0
      ? [clamp(start, 0, size), clamp(end, 0, size)]
      : [clamp(start, 0, size - 1), clamp(end, -1, size - 1)];
  return sizeOrNull(Math.max(0, Math.ceil((to - from) / step)));
}

export const pad: Rule = (node) => {
  const { type, shape } = node.input(0);
  const pads = node.attributes.integers('paddings') ?? listOf(node, 'pads', 1);
  if (shape === null) return [ofType(type, null)];
  const axes = listOf(node, 'axes', 3);
  if (pads === null || axes?.length !== 0 || pads.length !== 2 * shape.length) {
    return [
      ofType(
        type,
        shape.map(() => null),
      ),
    ];
  }
  const padded = shape.map((size, axis) => {
    const more = pads[axis] + pads[axis + shape.length];
    if (more === 0) return size;
    return typeof size === 'number' ? sizeOrNull(size + more) : null;
  });
  return [ofType(type, padded)];
};

export const expand: Rule = ({ input }) => {
  const wanted = input(1).elements;
  const { type, shape } = input(0);
  if (shape === null || wanted === null) return [ofType(type, null)];
  const rank = Math.max(shape.length, wanted.length);
  const at = (sizes: ShapeOf, axis: number) => sizes[axis - rank + sizes.length] ?? 1;
  const result = Array.from({ length: rank }, (_, axis) =>
    at(wanted, axis) === 1 ? at(shape, axis) : at(wanted, axis),
  );
  return [ofType(type, result)];
};

/** Resize-11 and later take sizes or factors by axis, Resize-10 and Upsample-9 factors, Upsample-7 as an attribute. */
export const resize: Rule = ({ input, inputs, attributes }) => {
  const { type, shape } = input(0);
  if (shape === null) return [ofType(type, null)];
  const sizes = numbers(input(3).elements);
  if (sizes?.length === shape.length) return [ofType(type, sizes)];
  const given =
    attributes.get('scales')?.floats ?? numbers(input(inputs.length > 2 ? 2 : 1).elements);
  const result = shape.map((size, axis) => {
    const scale = given?.length === shape.length ? given[axis] : null;
    if (scale === 1) return size;
    return scale !== null && typeof size === 'number' ? sizeOrNull(Math.floor(size * scale)) : null;
  });
  return [ofType(type, result)];
};

export const constantOfShape: Rule = ({ input, attributes }) => [
  ofType(attributes.get('value')?.t?.dataType ?? DataType.FLOAT, input(0).elements),
];

export const split: Rule = (node) => {
  const { type, shape } = node.input(0);
  const axis = shape && axisOf(node.attributes.integer('axis', 0), shape.length);
  if (shape === null || axis === null) return [];
  const given = listOf(node, 'split', 1);
  const parts = Math.min(node.outputs, 1024);
  const size = shape[axis];
  return Array.from({ length: parts }, (_, part): Known => {
    const even = typeof size === 'number' ? Math.ceil(size / parts) : null;
    const equal = even === null ? null : sizeOrNull(Math.min(even, (size as number) - even * part));
    const own = given === null ? null : given.length === 0 ? equal : (given[part] ?? null);
    return ofType(type, shape.with(axis, own));
  });
};

/** A list that is an attribute in older opsets and an input since; empty where it is left out, null where unknown. */
function listOf(
  { attributes, inputs }: RuleInput,
  name: string,
  index: number,
): readonly number[] | null {
  const attribute = attributes.integers(name);
  if (attribute !== null) return attribute;
  const given = inputs[index] ?? absent;
  return given === absent ? [] : numbers(given.elements);
}
