/**
 * From trained weights to an ONNX file that onnxruntime has agreed with. A model that fails is kept, under a name
 * that says so, and does not replace a good one.
 */
import { basename } from 'node:path';
import type { DataSet } from '../data/types.ts';
import { createInference } from '../engine/inference.ts';
import type { Network, Weights } from '../network/types.ts';
import { buildModel, type ModelSource } from '../onnx/build.ts';
import type { CertificationTask, CertifiedModel } from '../onnx/certificate.ts';
import { certificatePage } from '../onnx/certificate-page.ts';
import { completeChoices, type ModelForm } from '../onnx/choices.ts';
import { foldBatchNorm } from '../onnx/fold.ts';
import { readModel } from '../onnx/read.ts';
import { readFacts } from '../onnx/snippets/facts.ts';
import type { ExportChoices, ExportResult } from '../protocol/onnx.ts';
import { renderPage } from '../report/html.ts';
import { version } from '../version.ts';
import { certifyForm, describeKept } from './build-form.ts';
import { inferInSlices } from './infer.ts';
import { type PreparedRun, prepareRun, RunError } from './prepare.ts';
import { probabilitiesOf } from './probabilities.ts';
import type { Run } from './run.ts';
import { makePlaceFor, readSavedRun, sha256, unwritable, writeWhole } from './run-folder.ts';

/** A trained variant with all that its model says about itself. */
export interface Trained {
  readonly prepared: PreparedRun;
  readonly variant: string;
  readonly network: Network;
  readonly weights: Weights;
  /** The step the weights belong to. */
  readonly step: number;
}

/** The results of a variant of a run in memory; throws a RunError while there are none. */
export function trainedVariant(run: Run, name: string): Trained {
  const variant = run.find(name);
  if (variant === undefined) {
    const names = run.variants.map((each) => each.name).join(', ');
    throw new RunError(`Expected a trained variant, found "${name}"; this run has ${names}.`);
  }
  const { trained, step } = variant;
  if (trained === null) {
    const { steps } = variant.prepared.network.train;
    throw new RunError(
      `${name} is still training (step ${step} of ${steps}): wait for its end or stop it first.`,
    );
  }
  return { prepared: run.prepared, variant: name, network: variant.prepared.network, ...trained };
}

/** The results in a folder that a run was saved to. The data must still be what it was trained on. */
export async function savedVariant(folder: string): Promise<Trained> {
  const saved = await readSavedRun(folder);
  const prepared = await prepareRun({
    uri: saved.place,
    place: saved.place,
    text: saved.text,
    folder: saved.folder,
    variants: [saved.variant],
    overrides: { steps: saved.steps, seed: saved.seed },
    init: { weights: saved.weights, place: folder },
  });
  if (prepared.data.hash !== saved.dataHash) {
    throw new RunError(
      `${folder}: expected the data it was trained on (SHA-256 ${saved.dataHash}), found ${prepared.data.hash}. Train again on the new data.`,
    );
  }
  const [{ network, initial }] = prepared.variants;
  return { prepared, variant: saved.variant, network, weights: initial, step: saved.trainedSteps };
}

export interface ExportOptions {
  readonly choices?: Partial<ExportChoices>;
  readonly signal?: AbortSignal;
}

/**
 * Writes the model to `path` once it has been validated; rejects with a sentence when it cannot be built or written.
 * A folded model too must agree with the engine on the network as it was trained, one with rounded weights with the
 * engine on those.
 */
export async function exportModel(
  trained: Trained,
  path: string,
  { choices, signal }: ExportOptions = {},
): Promise<ExportResult> {
  const { fold, ...form } = completeChoices(choices);
  const { network, prepared, variant, step } = trained;
  if (step === 0) {
    throw new RunError(
      `${prepared.request.place}: ${variant}: expected trained weights, found those it started from. Train it for at least one step.`,
    );
  }
  if (network.loss === 'mse' && form.output === 'probabilities') {
    throw new RunError(
      `${prepared.request.place}: ${variant}: expected a classification to give probabilities of, found a regression (loss: mse). Export it without probabilities.`,
    );
  }
  await makePlaceFor(path);
  const source = { ...describeModel(trained), form };
  const folded = fold ? foldBatchNorm(source, step) : null;
  const { data } = prepared;
  const { certified, notes } = await certifyForm<ModelSource>(
    {
      source,
      folded,
      build: buildModel,
      taskOf: (each) => engineTask({ ...each, data }, signal),
      read: (model) => readModel(model, path).source,
    },
    { data, seed: network.train.seed, signal },
  );
  signal?.throwIfAborted();
  const kept = describeKept(form, folded ?? source);
  const result = await writeModel(certified, path, [...notes, ...kept]);
  return folded === null ? result : { ...result, folding: folded.folding };
}

/** Writes a certified model and its page to `path`, or beside it under a name that says that it failed. */
export async function writeModel(
  { bytes, certificate }: CertifiedModel,
  path: string,
  notes: readonly string[],
): Promise<ExportResult> {
  const written = certificate.validation.outcome === 'failed' ? failedName(path) : path;
  const page = withEnding(written, '.certificate.html');
  const model = readModel(bytes, written);
  const { form } = (model.source ?? model.ensemble)!;
  const facts = readFacts(model, basename(written), written);
  try {
    const document = certificatePage(facts, form, certificate);
    await writeWhole({ [written]: bytes, [page]: renderPage(document) });
  } catch (error) {
    throw unwritable(written, error as Error);
  }
  return { path: written, bytes: bytes.length, certificate, page, notes };
}

/** What a model is compared with, and its own form. */
interface Engine {
  readonly network: Network;
  readonly weights: Weights;
  readonly form: ModelForm;
  readonly data: DataSet;
}

/** What a model must compute over the whole test set of `data`: what the engine does with these weights. */
export async function engineTask(
  { network, weights, form, data }: Engine,
  signal?: AbortSignal,
): Promise<Omit<CertificationTask, 'model'>> {
  const infer = await createInference(network, weights, data.normalization);
  const examples = data.test.count > 0 ? data.test : data.train;
  const logits = await inferInSlices(infer, examples, signal);
  expectFinite(logits, examples.count);
  return {
    inputs: examples.inputs,
    count: examples.count,
    expected:
      form.output === 'probabilities'
        ? probabilitiesOf(logits, examples.count, network.loss)
        : logits,
    output: form.output,
    precision: form.precision,
    targets: examples.targets,
    loss: network.loss,
    batchSizes: validationBatches(network.train.batchSize, examples.count),
    trainingBatch: network.train.batchSize,
    signal,
  };
}

/** Throws a RunError for what the engine computes where that is no number: no runtime could agree with it. */
export function expectFinite(outputs: Float32Array, count: number): void {
  const wrong = outputs.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  const example = Math.floor(wrong / (outputs.length / count));
  throw new RunError(
    `Expected finite outputs, found ${outputs[wrong]} for example ${example} of the test set: these weights can't be used. Train with a smaller learning rate or with batch normalization.`,
  );
}

/** One example, the training batch and an odd size that divides neither, none of them above `count`. */
export function validationBatches(trainingBatch: number, count: number): number[] {
  const batch = Math.min(trainingBatch, count);
  const step = batch % 2 === 0 ? 1 : 2;
  return [1, batch, batch + step <= count ? batch + step : Math.max(1, batch - step)];
}

function describeModel({ prepared, variant, network, weights, step }: Trained) {
  const { data, name } = prepared;
  return {
    network,
    weights,
    normalization: data.normalization,
    data: data.summary,
    featureNames: data.featureNames,
    name: variant === 'base' ? name : `${name}_${variant}`,
    producerVersion: version,
    metadata: {
      variant,
      ...originOf(prepared),
      seed: String(network.train.seed),
      steps: String(step),
    },
  };
}

/** What a model says of the network file and the data that it comes from. */
export function originOf({ request, data }: PreparedRun) {
  return { source: request.text, sourceSha256: sha256(request.text), dataSha256: data.hash };
}

export function failedName(path: string): string {
  return withEnding(path, '.failed.onnx');
}

function withEnding(path: string, ending: string): string {
  return path.replace(/(\.onnx)?$/, () => ending);
}
