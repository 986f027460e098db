/** A model in the form that was chosen: built, for int8 calibrated on the training set before, and certified. */
import type { DataSet } from '../data/types.ts';
import { count } from '../figures.ts';
import type { Examples, Network, Weights } from '../network/types.ts';
import { calibrate } from '../onnx/calibrate.ts';
import { type CertificationTask, type CertifiedModel, certifyModel } from '../onnx/certificate.ts';
import type { ModelForm } from '../onnx/choices.ts';
import { beyondHalf } from '../onnx/halve.ts';
import type { Ranges } from '../onnx/quantize.ts';
import { seededRandom } from '../random.ts';

/** What both kinds of source have of the form. */
interface Source {
  readonly form: ModelForm;
  readonly ranges?: Ranges;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Circumstances {
  readonly data: DataSet;
  /** Draws the examples of a calibration. */
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Examples that the activations of an int8 model are measured on; of a larger training set so many are drawn. */
const calibrationExamples = 1000;

/** A model of either kind that is to be built and certified. */
interface FormTask<S extends Source> {
  /** As it was trained. */
  readonly source: S;
  /** The same with batch normalizations folded; null where they stay nodes. */
  readonly folded: S | null;
  readonly build: (source: S) => Uint8Array;
  /** What a model of these weights must compute. */
  readonly taskOf: (source: S) => Promise<Omit<CertificationTask, 'model'>>;
  /** What a model that `build` wrote was made of, its weights as they are stored. */
  readonly read: (model: Uint8Array) => S | null;
}

/** Builds a model in the form that was chosen and certifies it; `notes` is what there is to say of it. */
export async function certifyForm<S extends Source>(
  { source, folded, build, taskOf, read }: FormTask<S>,
  circumstances: Circumstances,
): Promise<{ readonly certified: CertifiedModel; readonly notes: readonly string[] }> {
  const { model, notes } = await buildForm(folded ?? source, build, circumstances);
  const task = await taskOf(source);
  const stored = source.form.precision === 'float32' ? null : read(model);
  const certified = await certifyModel({
    ...(stored === null ? task : { ...(await taskOf(stored)), trained: task.expected }),
    model,
    ...(folded !== null && {
      unfolded: build(inFloat32(source)),
      // A model whose weights are not rounded is the folded one itself.
      ...(stored !== null && { folded: build(inFloat32(folded)) }),
    }),
  });
  return { certified, notes };
}

/** The model's bytes, and what there is to say of them. */
async function buildForm<S extends Source>(
  source: S,
  build: (source: S) => Uint8Array,
  { data, seed, signal }: Circumstances,
): Promise<{ readonly model: Uint8Array; readonly notes: readonly string[] }> {
  if (source.form.precision !== 'int8') return { model: build(source), notes: [] };
  const { inputs, said } = drawExamples(data.train, seed);
  const model = build(inFloat32(source));
  const ranges = await calibrate({ model, inputs, shape: data.summary.input, signal });
  const metadata = { ...source.metadata, calibration: said };
  return { model: build({ ...source, ranges, metadata }), notes: [`Calibrated on ${said}.`] };
}

/** The same model before its weights are rounded. */
function inFloat32<S extends Source>(source: S): S {
  return { ...source, form: { ...source.form, precision: 'float32' } };
}

/** A sentence for each weight that float16 cannot hold. `nameOf`: what the model calls a tensor. */
export function describeKept(
  { precision }: ModelForm,
  { network, weights }: { readonly network: Network; readonly weights: Weights },
  nameOf: (tensor: string) => string = (tensor) => tensor,
): string[] {
  if (precision !== 'float16') return [];
  return beyondHalf(network, weights).map(
    (tensor) =>
      `${nameOf(tensor)} stays float32: float16 holds nothing beyond 65,504, and it has larger values.`,
  );
}

/** Without putting back, the same for the same seed; the whole set in its order where it is small. */
function drawExamples(
  { count: all, inputs }: Examples,
  seed: number,
): { readonly inputs: Float32Array; readonly said: string } {
  if (all <= calibrationExamples) {
    return { inputs: Float32Array.from(inputs), said: `all ${count(all)} training examples` };
  }
  const random = seededRandom(seed, 'calibration');
  const order = Uint32Array.from({ length: all }, (_, index) => index);
  const features = inputs.length / all;
  const drawn = new Float32Array(calibrationExamples * features);
  for (let place = 0; place < calibrationExamples; place += 1) {
    const other = place + random.below(all - place);
    [order[place], order[other]] = [order[other], order[place]];
    const first = order[place] * features;
    drawn.set(inputs.subarray(first, first + features), place * features);
  }
  const said = `${count(calibrationExamples)} of ${count(all)} training examples, drawn with seed ${seed}`;
  return { inputs: drawn, said };
}
