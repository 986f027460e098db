/**
 * Entry of the one-shot child process that holds an ONNX runtime, so that its crash is nobody else's. The first
 * argument names the runtime's package; requests and answers are in runtime-messages.ts. Ends with its parent.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { sizeOf } from '../network/types.ts';
import { medianTime } from './median-time.ts';
import type { FromRuntime, RuntimeTensor, TensorData, ToRuntime } from './runtime-messages.ts';

/** What both packages offer alike. */
type Runtime = Pick<typeof import('onnxruntime-web'), 'env' | 'InferenceSession' | 'Tensor'>;
type Request<Type> = Extract<ToRuntime, { type: Type }>;

process.once('disconnect', () => process.exit());
void serve(process.argv[2]);

async function serve(name: string): Promise<void> {
  let runtime: Runtime;
  try {
    runtime = await importRuntime(name);
  } catch (error) {
    answer({ type: 'unavailable', reason: messageOf(error) });
    return;
  }
  let session: InferenceSession | undefined;
  process.on('message', async (request: ToRuntime) => {
    try {
      if (request.type === 'load') {
        await session?.release();
        session = await load(runtime, request);
        answer({ type: 'loaded', inputs: session.inputNames, outputs: session.outputNames });
      } else if (request.type === 'optimize') {
        answer({ type: 'optimized', written: await writeOptimized(runtime, request) });
      } else {
        if (session === undefined) throw new Error('no model has been loaded');
        answer(await answerOf(runtime, session, request));
      }
    } catch (error) {
      answer({ type: 'refused', reason: messageOf(error) });
    }
  });
  answer({ type: 'ready', version: runtime.env.versions.node ?? runtime.env.versions.web ?? '' });
}

/** The names are literal so that a bundler sees them. */
async function importRuntime(name: string): Promise<Runtime> {
  // The runtimes would use it for float16, and their native part takes it for an empty array.
  Reflect.deleteProperty(globalThis, 'Float16Array');
  const runtime: Runtime =
    name === 'onnxruntime-web' ? await import('onnxruntime-web') : await import('onnxruntime-node');
  runtime.env.logLevel = 'error';
  runtime.env.wasm.numThreads = 1;
  return runtime;
}

function load(
  runtime: Runtime,
  { model, optimization }: Request<'load'>,
): Promise<InferenceSession> {
  // Bytes and a path are two overloads, of which the compiler wants to know one.
  return runtime.InferenceSession.create(model as Uint8Array, {
    ...sessionOptions(runtime),
    graphOptimizationLevel: optimization,
  });
}

/**
 * The level `extended` holds all that folds. What `all` adds fits the layout of tensors to the processor, and turns a
 * batch normalization that is not folded into a convolution, so that it would seem gone.
 */
async function writeOptimized(
  runtime: Runtime,
  { model, path }: Request<'optimize'>,
): Promise<boolean> {
  // The other runtime has no files.
  if (runtime.env.versions.node === undefined) return false;
  const session = await runtime.InferenceSession.create(model, {
    ...sessionOptions(runtime),
    graphOptimizationLevel: 'extended',
    optimizedModelFilePath: path,
  });
  await session.release();
  return true;
}

/** One thread: the models are small, training goes on beside it, and the result is the same on every run. */
function sessionOptions({ env }: Runtime): InferenceSession.SessionOptions {
  return {
    executionProviders: [env.versions.node === undefined ? 'wasm' : 'cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  };
}

async function answerOf(
  runtime: Runtime,
  session: InferenceSession,
  request: Request<'run'> | Request<'time'> | Request<'compute'>,
): Promise<FromRuntime> {
  switch (request.type) {
    case 'run':
      return { type: 'ran', logits: await runBatches(runtime, session, request) };
    case 'compute':
      return { type: 'computed', results: await compute(runtime, session, request) };
    case 'time': {
      const { inputs, shape, milliseconds } = request;
      const input = new runtime.Tensor('float32', inputs, [
        inputs.length / sizeOf(shape),
        ...shape,
      ]);
      const feeds = { [session.inputNames[0]]: input };
      return {
        type: 'timed',
        milliseconds: await medianTime(() => session.run(feeds), milliseconds),
      };
    }
    default:
      return request satisfies never;
  }
}

async function runBatches(
  { Tensor }: Runtime,
  session: InferenceSession,
  { inputs, shape, batchSize, outputs }: Request<'run'>,
): Promise<Float32Array> {
  const features = sizeOf(shape);
  const examples = inputs.length / features;
  const logits = new Float32Array(examples * outputs);
  for (let first = 0; first < examples; first += batchSize) {
    const rows = Math.min(batchSize, examples - first);
    const batch = inputs.subarray(first * features, (first + rows) * features);
    const feeds = { [session.inputNames[0]]: new Tensor('float32', batch, [rows, ...shape]) };
    const name = session.outputNames[0];
    logits.set(takeFloats((await session.run(feeds))[name], name, rows, outputs), first * outputs);
  }
  return logits;
}

async function compute(
  { Tensor }: Runtime,
  session: InferenceSession,
  { feeds }: Request<'compute'>,
): Promise<Record<string, RuntimeTensor>> {
  const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [
    name,
    // The types go together: whoever asks has made them so.
    new Tensor(type as 'float32', data as Float32Array, dims),
  ]);
  const results = await session.run(Object.fromEntries(tensors));
  return Object.fromEntries(
    Object.entries(results).map(([name, { type, data, dims }]) => {
      return [name, { type, data: data as TensorData, dims }];
    }),
  );
}

function takeFloats(output: Tensor, name: string, rows: number, outputs: number): Float32Array {
  if (!(output.data instanceof Float32Array)) {
    throw new Error(`output ${name}: expected float32 values, found ${output.type}`);
  }
  if (output.dims[0] !== rows || output.data.length !== rows * outputs) {
    throw new Error(
      `output ${name}: expected shape [${rows}, ${outputs}], found [${output.dims.join(', ')}]`,
    );
  }
  return output.data;
}

function answer(message: FromRuntime): void {
  process.send?.(message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
