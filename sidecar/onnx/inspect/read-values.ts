/** Reads the values of a tensor from their place, a piece at a time, as float64. */
import type { FileHandle } from 'node:fs/promises';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ModelFileError } from '../errors.ts';
import { payloadFields } from '../wire/plan.ts';
import type { Payload } from '../wire/skeleton.ts';
import type { TensorPlace } from './tensor-place.ts';
import type { Storage } from './tensor-types.ts';

/** Some milliseconds of work, after which others get their turn; a multiple of every value's size. */
const pieceBytes = 2 ** 18;
/** No tag with its value is longer. */
const longestRecord = 20;

/** Throws a ModelFileError where there are more or fewer values than the shape demands. */
export async function* readValues(
  { runs, storage, count, listed }: TensorPlace,
  file: FileHandle,
): AsyncGenerator<Float64Array> {
  if (listed !== null) {
    yield listed;
    return;
  }
  let read = 0;
  for (const run of runs) {
    for await (const values of readRun(run, storage, file)) {
      read += values.length;
      if (read > count) {
        throw new ModelFileError(`expected ${count} values by its shape, found more`);
      }
      yield values;
    }
  }
  if (read < count) {
    throw new ModelFileError(`expected ${count} values by its shape, found ${read}`);
  }
}

async function* readRun(
  run: Payload,
  storage: Storage,
  file: FileHandle,
): AsyncGenerator<Float64Array> {
  const decode = run.field === payloadFields.rawData || isFixed(run) ? decodeFixed : decodeRecords;
  for (let position = run.start; position < run.end; ) {
    const bytes = await readPiece(file, position, Math.min(run.end, position + pieceBytes));
    const { values, used } = decode(bytes, {
      run,
      storage,
      last: position + bytes.length === run.end,
    });
    if (used === 0) throw new ModelFileError('expected whole values, found part of one');
    position += used;
    yield values;
  }
}

/** Whether values of a fixed size follow each other without tags. */
function isFixed({ field, tagged }: Payload): boolean {
  return !tagged && (field === payloadFields.floatData || field === payloadFields.doubleData);
}

interface Piece {
  readonly run: Payload;
  readonly storage: Storage;
  /** Whether nothing of the run follows. */
  readonly last: boolean;
}

interface Decoded {
  readonly values: Float64Array;
  /** Bytes that the values took; what is left begins the next piece. */
  readonly used: number;
}

function decodeFixed(bytes: Uint8Array, { storage }: Piece): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(Math.floor(bytes.length / storage.bytes));
  for (let index = 0; index < values.length; index += 1) {
    values[index] = storage.fromRaw(view, index * storage.bytes);
  }
  return { values, used: values.length * storage.bytes };
}

/** Numbers of varying length, or any with a tag before each. */
function decodeRecords(bytes: Uint8Array, { run, storage, last }: Piece): Decoded {
  const reader = new BinaryReader(bytes);
  const values: number[] = [];
  const stop = last ? bytes.length : Math.max(1, bytes.length - longestRecord);
  try {
    while (reader.pos < stop) {
      if (!run.tagged) values.push(readNumber(reader, run.field, storage));
      else {
        const [, wire] = reader.tag();
        // A packed list in between is a run of its own.
        if (wire === WireType.LengthDelimited) throw new ModelFileError('expected single values');
        values.push(readNumber(reader, run.field, storage));
      }
    }
  } catch (cause) {
    throw new ModelFileError('expected whole values, found part of one', { cause });
  }
  return { values: Float64Array.from(values), used: reader.pos };
}

function readNumber(reader: BinaryReader, field: number, { fromBits }: Storage): number {
  switch (field) {
    case payloadFields.floatData:
      return reader.float();
    case payloadFields.doubleData:
      return reader.double();
    case payloadFields.int32Data: {
      const value = reader.int32();
      return fromBits === undefined ? value : fromBits(value);
    }
    case payloadFields.int64Data:
      return Number(reader.int64());
    default:
      return Number(reader.uint64());
  }
}

async function readPiece(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) {
      throw new ModelFileError(`the file ended at byte ${start + filled} while it was read`);
    }
    filled += bytesRead;
  }
  return bytes;
}
