/**
 * From trained weights to an ONNX file that onnxruntime has agreed with. A model that fails is kept, under a name
 * that says so, and does not replace a good one.
 */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DataSet } from '../data/types.ts';
import { createInference } from '../engine/inference.ts';
import type { Network, Weights } from '../network/types.ts';
import { buildModel, withValidation } from '../onnx/build.ts';
import { completeChoices, type ModelForm } from '../onnx/choices.ts';
import { foldBatchNorm } from '../onnx/fold.ts';
import { validateModel } from '../onnx/validate.ts';
import type { ExportChoices, ExportResult, Validation } from '../protocol/onnx.ts';
import { version } from '../version.ts';
import { inferInSlices } from './infer.ts';
import { type PreparedRun, prepareRun, RunError } from './prepare.ts';
import { probabilitiesOf } from './probabilities.ts';
import type { Run } from './run.ts';
import { readSavedRun, unwritable, writeWhole } from './run-folder.ts';

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
 * A folded model too must agree with the engine on the network as it was trained.
 */
export async function exportModel(
  trained: Trained,
  path: string,
  { choices, signal }: ExportOptions = {},
): Promise<ExportResult> {
  const { fold, ...form } = completeChoices(choices);
  const { network, weights, prepared, variant, step } = trained;
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
  const source = { ...describeModel(trained), form };
  const folded = fold ? foldBatchNorm(source, step) : null;
  const model = buildModel(folded ?? source);
  const validation = await validateAgainstEngine(
    model,
    { network, weights, form, data: prepared.data },
    signal,
  );
  signal?.throwIfAborted();
  const result = await writeModel(model, validation, path);
  return folded === null ? result : { ...result, folding: folded.folding };
}

/** Writes a validated model to `path`, or beside it under a name that says that it failed. */
export async function writeModel(
  model: Uint8Array,
  validation: Validation,
  path: string,
): Promise<ExportResult> {
  const bytes = withValidation(model, validation);
  const written = validation.outcome === 'failed' ? failedName(path) : path;
  try {
    await mkdir(dirname(written), { recursive: true });
    await writeWhole({ [written]: bytes });
  } catch (error) {
    throw unwritable(written, error as Error);
  }
  return { path: written, bytes: bytes.length, validation };
}

/** What a model is compared with, and its own form. */
interface Engine {
  readonly network: Network;
  readonly weights: Weights;
  readonly form: ModelForm;
  readonly data: DataSet;
}

/** Runs a model in onnxruntime over the whole test set of `data`, against the engine with the same weights. */
export async function validateAgainstEngine(
  model: Uint8Array,
  { network, weights, form, data }: Engine,
  signal?: AbortSignal,
): Promise<Validation> {
  const infer = await createInference(network, weights, data.normalization);
  const examples = data.test.count > 0 ? data.test : data.train;
  const logits = await inferInSlices(infer, examples, signal);
  const wrong = logits.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const example = Math.floor(wrong / (logits.length / examples.count));
    throw new RunError(
      `Expected finite outputs, found ${logits[wrong]} for example ${example} of the test set: these weights can't be used. Train with a smaller learning rate or with batch normalization.`,
    );
  }
  return validateModel({
    model,
    inputs: examples.inputs,
    count: examples.count,
    expected:
      form.output === 'probabilities'
        ? probabilitiesOf(logits, examples.count, network.loss)
        : logits,
    output: form.output,
    targets: examples.targets,
    loss: network.loss,
    batchSizes: validationBatches(network.train.batchSize),
    signal,
  });
}

/** One example, the training batch and an odd size that divides neither. */
export function validationBatches(batchSize: number): number[] {
  return [1, batchSize, batchSize % 2 === 0 ? batchSize + 1 : batchSize + 2];
}

function describeModel({ prepared, variant, network, weights, step }: Trained) {
  const { data, request, name } = prepared;
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
      source: request.text,
      sourceSha256: createHash('sha256').update(request.text).digest('hex'),
      dataSha256: data.hash,
      seed: String(network.train.seed),
      steps: String(step),
    },
  };
}

function failedName(path: string): string {
  return path.replace(/(\.onnx)?$/, '.failed.onnx');
}
