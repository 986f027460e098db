/** The attributes of a node as a person reads them. */
import { type AttributeProto, AttributeProto_AttributeType as Type } from 'onnx-buf';
import { figure } from '../../figures.ts';
import { textOf } from '../foreign/attributes.ts';
import { typeName } from './tensor-types.ts';

/** Longer lists and texts are cut; who wants all of them has the file. */
const shownItems = 16;
const shownCharacters = 200;

export function attributeText(attribute: AttributeProto): string {
  if (attribute.refAttrName !== '') return `of the function: ${cut(attribute.refAttrName)}`;
  switch (attribute.type) {
    case Type.FLOAT:
      return number(attribute.f);
    case Type.INT:
      return String(attribute.i);
    case Type.STRING:
      return cut(textOf(attribute.s));
    case Type.FLOATS:
      return list(attribute.floats, number);
    case Type.INTS:
      return list(attribute.ints, String);
    case Type.STRINGS:
      return list(attribute.strings, (text) => cut(textOf(text)));
    case Type.TENSOR:
      return attribute.t === undefined
        ? 'none'
        : `${typeName(attribute.t.dataType)} [${attribute.t.dims.slice(0, shownItems).join(', ')}]`;
    case Type.GRAPH:
      return `graph of ${attribute.g?.node.length ?? 0} nodes`;
    case Type.GRAPHS:
      return `${attribute.graphs.length} graphs`;
    case Type.TENSORS:
      return `${attribute.tensors.length} tensors`;
    default:
      return (Type[attribute.type] ?? `type ${attribute.type}`).toLowerCase().replaceAll('_', ' ');
  }
}

function number(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e7 ? String(value) : figure(value);
}

function list<T>(items: readonly T[], show: (item: T) => string): string {
  const shown = items.slice(0, shownItems).map(show);
  const rest = items.length - shown.length;
  return `[${shown.join(', ')}${rest > 0 ? `, … ${rest} more` : ''}]`;
}

function cut(text: string): string {
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}…`;
}
