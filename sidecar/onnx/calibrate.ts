/**
 * Finds out what an int8 model's activations lie between: the float32 model, its output replaced by the smallest and
 * largest value of each tensor in question, runs under an ONNX runtime over examples.
 */
import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { type Shape, sizeOf } from '../network/types.ts';
import { decodeModel } from './decode.ts';
import { ExportError } from './errors.ts';
import { valueInfo } from './graph.ts';
import { integer, integers, NodeWriter } from './node-writer.ts';
import { examplesPerRequest } from './passes.ts';
import { checkWeighted } from './precision.ts';
import { quantizedTensors, type Range, type Ranges } from './quantize.ts';
import {
  RuntimeProcess,
  RuntimeRefusal,
  RuntimeUnavailable,
  withFirstRuntime,
} from './runtime-process.ts';

export interface CalibrationTask {
  /** The model in float32. */
  readonly model: Uint8Array;
  /** Raw examples, `[count, ...shape]`. */
  readonly inputs: Float32Array;
  readonly shape: Shape;
  readonly signal?: AbortSignal;
}

const batchSize = 32;

/** Ranges of the tensors of the model that must be quantized. Throws an ExportError where no runtime gives them. */
export async function calibrate(task: CalibrationTask): Promise<Ranges> {
  const { result, troubles } = await withFirstRuntime(
    (runtime) => calibrateWith(runtime, task),
    task,
  );
  if (result !== null) return result;
  throw new ExportError(
    'precision int8',
    'an ONNX runtime to calibrate with',
    `none that could (${troubles.join('; ')}): export with precision float32 or float16`,
  );
}

async function calibrateWith(
  runtime: string,
  { model, inputs, shape, signal }: CalibrationTask,
): Promise<Ranges> {
  const { tensors, bytes } = withRanges(model);
  const outputs = 2 * tensors.length;
  const limits = tensors.map(() => ({
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  }));
  const { child } = await RuntimeProcess.start({ runtime, signal });
  try {
    await child.request({ type: 'load', model: bytes, optimization: 'disabled' }, 'loaded');
    const block = examplesPerRequest(batchSize, shape) * sizeOf(shape);
    for (let first = 0; first < inputs.length; first += block) {
      const slice = inputs.slice(first, first + block);
      const request = { type: 'run', inputs: slice, shape, batchSize, outputs } as const;
      const { logits } = await child.request(request, 'ran');
      for (const [index, value] of logits.entries()) {
        const range = limits[Math.floor((index % outputs) / 2)];
        range.min = Math.min(range.min, value);
        range.max = Math.max(range.max, value);
      }
    }
  } catch (error) {
    // What one runtime refuses to measure, another may.
    if (!(error instanceof RuntimeRefusal)) throw error;
    throw new RuntimeUnavailable(error.message, { cause: error });
  } finally {
    await child.close();
  }
  return new Map(tensors.map((tensor, index): [string, Range] => [tensor, limits[index]]));
}

/** The model with one output `[batch, 2 * tensors]` instead of its own: smallest and largest value of each in turn. */
function withRanges(model: Uint8Array): { tensors: readonly string[]; bytes: Uint8Array } {
  const message = decodeModel(model, 'model');
  const graph = message.graph!;
  checkWeighted(graph, 'int8');
  const opset = Number(message.opsetImport[0].version);
  const tensors = [...new Set(quantizedTensors(graph).values())];
  const writer = new NodeWriter();
  // The axes of a reduction are an attribute before opset 18, an input from then on.
  const axes = opset < 18 ? [] : [writer.integers('calibration.axes', [1])];
  const attributes = opset < 18 ? [integers('axes', [1])] : [];
  const limits = tensors.flatMap((tensor) => {
    const flat = writer.node('Flatten', `${tensor}.flat`, [tensor], [integer('axis', 1)]);
    return ['ReduceMin', 'ReduceMax'].map((reduce) =>
      writer.node(reduce, `${tensor}.${reduce}`, [flat, ...axes], attributes),
    );
  });
  writer.rename(writer.node('Concat', 'calibration', limits, [integer('axis', 1)]), 'ranges');
  graph.node = [...graph.node, ...writer.nodes];
  graph.initializer = [...graph.initializer, ...writer.initializers];
  graph.output = [valueInfo('ranges', [limits.length], 'Smallest and largest values.')];
  return { tensors, bytes: toBinary(ModelProtoSchema, message) };
}
