/** The attributes of a node: as values of a known type, and as a person reads them. */
import {
  type AttributeProto,
  type NodeProto,
  AttributeProto_AttributeType as Type,
} from 'onnx-buf';
import { figure } from '../../figures.ts';
import { typeName } from './tensor-types.ts';

/** Longer lists and texts are cut; who wants all of them has the file. */
const shownItems = 16;
const shownCharacters = 200;

export class Attributes {
  readonly #byName: ReadonlyMap<string, AttributeProto>;

  constructor({ attribute }: NodeProto) {
    this.#byName = new Map(attribute.map((each) => [each.name, each]));
  }

  get(name: string): AttributeProto | undefined {
    return this.#byName.get(name);
  }

  float(name: string, otherwise: number): number {
    return this.#byName.get(name)?.f ?? otherwise;
  }

  integer(name: string, otherwise: number): number {
    const found = this.#byName.get(name);
    return found === undefined ? otherwise : Number(found.i);
  }

  /** Null where there is none. */
  integers(name: string): readonly number[] | null {
    return this.#byName.get(name)?.ints.map(Number) ?? null;
  }

  text(name: string, otherwise: string): string {
    const found = this.#byName.get(name);
    return found === undefined ? otherwise : decode(found.s);
  }
}

export function attributeText(attribute: AttributeProto): string {
  if (attribute.refAttrName !== '') return `of the function: ${cut(attribute.refAttrName)}`;
  switch (attribute.type) {
    case Type.FLOAT:
      return number(attribute.f);
    case Type.INT:
      return String(attribute.i);
    case Type.STRING:
      return cut(decode(attribute.s));
    case Type.FLOATS:
      return list(attribute.floats, number);
    case Type.INTS:
      return list(attribute.ints, String);
    case Type.STRINGS:
      return list(attribute.strings, (text) => cut(decode(text)));
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

/** Text of the file, whose bytes may be anything. */
function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
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
