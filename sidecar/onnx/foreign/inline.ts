/** Brings the values that a model keeps in other files (ONNX's external data) into the model itself. */
import { TensorProto_DataLocation as Location, type ModelProto, type TensorProto } from 'onnx-buf';
import { ModelFileError } from '../errors.ts';
import { findExternalFile, openExternal } from '../inspect/external-data.ts';
import { isExternal, placeOf } from '../inspect/tensor-place.ts';
import { limits } from '../wire/limits.ts';

/**
 * Changes the tensors of the main graph in place; the files must lie in `folder` or below it. Rejects with a
 * ModelFileError that begins with `place`.
 */
export async function inlineExternal(
  { graph }: ModelProto,
  folder: string,
  place: string,
): Promise<void> {
  const held = graph?.node.flatMap(({ attribute }) => attribute.flatMap(({ t }) => t ?? []));
  let total = 0;
  for (const tensor of [...(graph?.initializer ?? []), ...(held ?? [])].filter(isExternal)) {
    total += await inlineTensor(tensor, folder, `${place}: tensor ${tensor.name}`);
    if (total <= limits.wholeFileBytes) continue;
    throw new ModelFileError(
      `${place}: expected at most ${limits.wholeFileBytes} bytes of external data, found more`,
    );
  }
}

/** Resolves to the number of bytes. */
async function inlineTensor(tensor: TensorProto, folder: string, place: string): Promise<number> {
  const { file, runs } = await placeOf(tensor, [], (location) =>
    findExternalFile(folder, location),
  ).catch((cause: Error) => {
    throw new ModelFileError(`${place}: ${cause.message}`, { cause });
  });
  const [{ start, end }] = runs;
  if (end - start > limits.wholeFileBytes) {
    throw new ModelFileError(
      `${place}: expected at most ${limits.wholeFileBytes} bytes, found ${end - start}`,
    );
  }
  const handle = await openExternal(file!);
  try {
    const rawData = new Uint8Array(end - start);
    const { bytesRead } = await handle.read(rawData, 0, rawData.length, start);
    if (bytesRead !== rawData.length) {
      throw new ModelFileError(`${place}: expected ${rawData.length} bytes, found ${bytesRead}`);
    }
    Object.assign(tensor, { rawData, dataLocation: Location.DEFAULT, externalData: [] });
    return rawData.length;
  } finally {
    await handle.close();
  }
}
