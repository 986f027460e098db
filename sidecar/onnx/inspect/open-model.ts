/** An ONNX file that is open: what it says is in memory, the values of its tensors are read when asked for. */
import { readSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { GraphProto, ModelProto, TensorProto } from 'onnx-buf';
import { decodeSkeleton } from '../decode.ts';
import { ModelFileError } from '../errors.ts';
import type { Payload, Skeleton } from '../wire/skeleton.ts';
import { findExternalFile, openExternal } from './external-data.ts';
import { readValues } from './read-values.ts';
import { type FindFile, placeOf, type TensorPlace } from './tensor-place.ts';

export class OpenModel {
  readonly model: ModelProto;
  readonly graph: GraphProto;
  /** Of the file, without external data. */
  readonly bytes: number;
  readonly #skeleton: Skeleton;
  readonly #file: FileHandle;
  readonly #folder: string;
  /** Files of external data, each looked for once. */
  readonly #outside = new Map<string, ReturnType<FindFile>>();

  private constructor(opened: Decoded, file: FileHandle, folder: string) {
    this.model = opened.model;
    this.graph = opened.graph;
    this.bytes = opened.bytes;
    this.#skeleton = opened.skeleton;
    this.#file = file;
    this.#folder = folder;
  }

  /** Opens the file for as long as `use` takes. Rejects with a ModelFileError for a file it cannot make sense of. */
  static async with<T>(path: string, use: (model: OpenModel) => Promise<T>): Promise<T> {
    const file = await openFile(path);
    try {
      return await use(new OpenModel(await decode(file, path), file, dirname(path)));
    } finally {
      await file.close();
    }
  }

  payloads(tensor: TensorProto): readonly Payload[] {
    return this.#skeleton.payloadsOf(tensor);
  }

  /** Rejects with a ModelFileError that says why the values cannot be had. */
  place(tensor: TensorProto): Promise<TensorPlace> {
    return placeOf(tensor, this.payloads(tensor), (location) => {
      const found = this.#outside.get(location) ?? findExternalFile(this.#folder, location);
      this.#outside.set(location, found);
      return found;
    });
  }

  /** The values of a tensor, a piece at a time. */
  async *values(place: TensorPlace): AsyncGenerator<Float64Array> {
    if (place.file === null) {
      yield* readValues(place, this.#file);
      return;
    }
    const file = await openExternal(place.file);
    try {
      yield* readValues(place, file);
    } finally {
      await file.close();
    }
  }
}

interface Decoded {
  readonly model: ModelProto;
  readonly graph: GraphProto;
  readonly skeleton: Skeleton;
  readonly bytes: number;
}

async function decode(file: FileHandle, path: string): Promise<Decoded> {
  const { size } = await file.stat();
  const read = (target: Uint8Array, position: number) =>
    readSync(file.fd, target, 0, target.length, position);
  const { model, skeleton } = decodeSkeleton(size, read, path);
  if (model.graph !== undefined) return { model, graph: model.graph, skeleton, bytes: size };
  throw new ModelFileError(`${path}: expected an ONNX model with a graph, found none`);
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Before it is opened, since opening a pipe would wait for who writes to it.
    if (!(await stat(path)).isFile()) throw new Error('something that is no file');
    return await open(path);
  } catch (cause) {
    throw new ModelFileError(
      `${path}: expected an ONNX file that can be read, found: ${(cause as Error).message}`,
      { cause },
    );
  }
}
