/** Where the values of a tensor lie and how they are written, or why they cannot be had. */
import { type TensorProto, TensorProto_DataLocation } from 'onnx-buf';
import { ModelFileError } from '../errors.ts';
import { limits } from '../wire/limits.ts';
import { payloadFields } from '../wire/plan.ts';
import type { Payload } from '../wire/skeleton.ts';
import { type ExternalFile, type ExternalPlace, externalPlace } from './external-data.ts';
import { type Storage, storageOf, typeName } from './tensor-types.ts';

/** Runs of bytes that hold the values, one after the other. */
export interface TensorPlace {
  /** Of external data; null for the model itself. */
  readonly file: ExternalFile | null;
  readonly runs: readonly Payload[];
  readonly storage: Storage;
  /** As its shape demands. */
  readonly count: number;
  /** Values that came with the graph, since an attribute of a node holds them; null for those in `runs`. */
  readonly listed: Float64Array | null;
}

/** Finds the file of external data by its location, or rejects with a ModelFileError. */
export type FindFile = (location: string) => Promise<ExternalFile>;

/** Rejects with a ModelFileError that says why there is none. */
export async function placeOf(
  tensor: TensorProto,
  payloads: readonly Payload[],
  find: FindFile,
): Promise<TensorPlace> {
  const count = elements(tensor);
  const storage = storageOf(tensor.dataType);
  if (isExternal(tensor)) return placeOutside(tensor, find, count);
  if (storage === null) {
    throw new ModelFileError(
      `expected values of a type that is summed up here, found ${typeName(tensor.dataType)}`,
    );
  }
  const raw = payloads.findLast(({ field }) => field === payloadFields.rawData);
  if (raw !== undefined) {
    expectBytes(raw.end - raw.start, count, storage);
    return { file: null, runs: [raw], storage, count, listed: null };
  }
  const listed = payloads.length === 0 ? listedIn(tensor) : null;
  if (listed !== null) return { file: null, runs: [], storage, count, listed };
  const runs = payloads.filter(({ field }) => field === storage.field);
  if (runs.length === 0 && count > 0) {
    throw new ModelFileError(`expected ${count} values, found none in the file`);
  }
  return { file: null, runs, storage, count, listed: null };
}

async function placeOutside(
  tensor: TensorProto,
  find: FindFile,
  count: number,
): Promise<TensorPlace> {
  const { location, offset, length } = externalPlace(tensor);
  const file = await find(location);
  const storage = storageOf(tensor.dataType);
  if (storage === null) {
    throw new ModelFileError(
      `expected values of a type that is summed up here, found ${typeName(tensor.dataType)}`,
    );
  }
  const bytes = length ?? count * storage.bytes;
  expectBytes(bytes, count, storage);
  if (offset + bytes > file.size) {
    throw new ModelFileError(
      `external data ${JSON.stringify(location)}: expected bytes ${offset} to ${offset + bytes}, found a file of ${file.size}`,
    );
  }
  const run = { field: payloadFields.rawData, start: offset, end: offset + bytes, tagged: false };
  return { file, runs: [run], storage, count, listed: null };
}

/** How much of a file a tensor takes: of the model, or as its external data says. */
export function bytesOf(tensor: TensorProto, payloads: readonly Payload[]): number {
  if (!isExternal(tensor)) {
    const listed = payloads.length === 0 ? listedIn(tensor)?.length : undefined;
    if (listed !== undefined) return listed * (storageOf(tensor.dataType)?.bytes ?? 0);
    return payloads.reduce((sum, { start, end }) => sum + end - start, 0);
  }
  let place: ExternalPlace;
  try {
    place = externalPlace(tensor);
    return place.length ?? elements(tensor) * (storageOf(tensor.dataType)?.bytes ?? 0);
  } catch (error) {
    // What is wrong with it is told where its values are asked for.
    if (error instanceof ModelFileError) return 0;
    throw error;
  }
}

/** Null where there are none. */
function listedIn({ floatData, int64Data }: TensorProto): Float64Array | null {
  if (floatData.length > 0) return Float64Array.from(floatData);
  return int64Data.length > 0 ? Float64Array.from(int64Data, Number) : null;
}

export function isExternal({ dataLocation }: TensorProto): boolean {
  return dataLocation === TensorProto_DataLocation.EXTERNAL;
}

/** Number of values by the shape. */
function elements({ dims }: TensorProto): number {
  if (dims.length > limits.rank) {
    throw new ModelFileError(`expected at most ${limits.rank} dimensions, found ${dims.length}`);
  }
  const negative = dims.find((size) => size < 0n);
  if (negative !== undefined) {
    throw new ModelFileError(`expected sizes of at least 0 in its shape, found ${negative}`);
  }
  const count = dims.reduce((product, size) => product * size, 1n);
  if (count > Number.MAX_SAFE_INTEGER) {
    throw new ModelFileError(`expected a shape that a computer can hold, found [${dims}]`);
  }
  return Number(count);
}

function expectBytes(found: number, count: number, { bytes }: Storage): void {
  if (found === count * bytes) return;
  throw new ModelFileError(
    `expected ${count * bytes} bytes for ${count} values by its shape, found ${found}`,
  );
}
