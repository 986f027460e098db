/** What may stand in each message of an ONNX file, taken from ONNX's own schema, in the form that a walk over bytes needs. */
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import { ModelProtoSchema } from 'onnx-buf';

export interface FieldPlan {
  readonly name: string;
  /** Of one value; a list of numbers may also come packed, as one run of bytes. */
  readonly wire: WireType;
  readonly message: MessagePlan | null;
  readonly isList: boolean;
  /** Values of a tensor, which are left in the file. */
  readonly isPayload: boolean;
}

export interface MessagePlan {
  /** Without the package, such as `TypeProto.Tensor`. */
  readonly name: string;
  readonly fields: ReadonlyMap<number, FieldPlan>;
}

/** Fields of TensorProto that hold values. */
export const payloadFields = {
  floatData: 4,
  int32Data: 5,
  stringData: 6,
  int64Data: 7,
  rawData: 9,
  doubleData: 10,
  uint64Data: 11,
} as const;

const payloadNumbers: ReadonlySet<number> = new Set(Object.values(payloadFields));

export const modelPlan: MessagePlan = planOf(ModelProtoSchema, new Map());

/** Messages hold each other, so each kind is planned once. */
function planOf(schema: DescMessage, known: Map<DescMessage, MessagePlan>): MessagePlan {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const fields = new Map<number, FieldPlan>();
  const plan = { name: schema.typeName.replace(/^onnx\./, ''), fields };
  known.set(schema, plan);
  for (const field of schema.fields) {
    fields.set(field.number, {
      name: field.name,
      wire: wireOf(field),
      message: field.message === undefined ? null : planOf(field.message, known),
      isList: field.fieldKind === 'list',
      isPayload: plan.name === 'TensorProto' && payloadNumbers.has(field.number),
    });
  }
  return plan;
}

function wireOf({ message, enum: isEnum, scalar }: DescField): WireType {
  if (message !== undefined) return WireType.LengthDelimited;
  if (isEnum !== undefined) return WireType.Varint;
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited;
    case ScalarType.FLOAT:
      return WireType.Bit32;
    case ScalarType.DOUBLE:
      return WireType.Bit64;
    default:
      return WireType.Varint;
  }
}
