/** Writes a variant as a PyTorch program that needs nothing of ours: train.py, its weights, its data. */
import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { initialWeights } from '../engine/initialize.ts';
import { type Examples, type Network, sizeOf, type Weights } from '../network/types.ts';
import type { EjectResult } from '../protocol/pytorch.ts';
import { savesNormalization } from '../pytorch/data-part.ts';
import { encodeNpy } from '../pytorch/npy.ts';
import { writeScript } from '../pytorch/script.ts';
import { encodeSafetensors } from '../safetensors.ts';
import { version } from '../version.ts';
import { savedVariant } from './export-run.ts';
import { type PreparedRun, prepareRun, RunError, type RunRequest } from './prepare.ts';
import type { Run } from './run.ts';
import {
  makeFolders,
  readSavedRun,
  type SavedEvent,
  unwritable,
  writeWhole,
} from './run-folder.ts';

/** A variant to eject. */
export interface Ejectable {
  readonly prepared: PreparedRun;
  readonly variant: string;
  readonly network: Network;
  readonly initial: Weights;
  /** Null for a variant that is not trained. */
  readonly trained: { readonly step: number; readonly weights: Weights } | null;
  /** What a person changed while the run was on, as sentences. */
  readonly changes: readonly string[];
}

const dataFolder = 'data';

/** A variant of a run in memory, whether or not it has begun. */
export function ejectableVariant(run: Run, name: string): Ejectable {
  const variant = run.find(name);
  if (variant === undefined) {
    const names = run.variants.map((each) => each.name).join(', ');
    throw new RunError(`Expected a variant of this run, found "${name}"; it has ${names}.`);
  }
  const { network, initial } = variant.prepared;
  return {
    ...{ prepared: run.prepared, variant: name, network, initial },
    trained: variant.trained,
    changes: changesOf(variant.events),
  };
}

/** The variant in a folder that a run was saved to. The data must still be what it was trained on. */
export async function savedEjectable(folder: string): Promise<Ejectable> {
  const { initial, events } = await readSavedRun(folder);
  const { prepared, variant, network, weights, step } = await savedVariant(folder);
  return {
    ...{ prepared, variant, network, changes: changesOf(events) },
    initial: initial ?? initialWeights(network),
    trained: { step, weights },
  };
}

/** A variant of a network file as it is before any training. */
export async function untrainedEjectable(request: RunRequest): Promise<Ejectable> {
  const prepared = await prepareRun(request);
  const [{ variant, network, initial }, ...others] = prepared.variants;
  if (others.length > 0) {
    const names = prepared.variants.map((each) => each.variant).join(', ');
    throw new RunError(`${request.place}: expected one variant, found ${names}. Name one of them.`);
  }
  return { prepared, variant, network, initial, trained: null, changes: [] };
}

/**
 * Writes into a folder that is new or empty, since what a person has made of an earlier program is not to be lost.
 * Rejects with a sentence.
 */
export async function ejectVariant(ejectable: Ejectable, folder: string): Promise<EjectResult> {
  const files = filesOf(ejectable);
  try {
    await makeFolders(folder);
    const [found] = await readdir(folder);
    if (found !== undefined) {
      throw new RunError(
        `${folder}: expected a new or an empty folder, found ${found} in it. Name another.`,
      );
    }
    await mkdir(join(folder, dataFolder));
    await writeWhole(
      Object.fromEntries(Object.entries(files).map(([name, bytes]) => [join(folder, name), bytes])),
    );
  } catch (error) {
    throw error instanceof RunError ? error : unwritable(folder, error as Error);
  }
  return { folder, files: Object.keys(files) };
}

/** By their places in the folder. */
function filesOf(ejectable: Ejectable): Record<string, Uint8Array | string> {
  const { prepared, variant, network, initial, changes } = ejectable;
  const { data, request } = prepared;
  // Weights of no step are those it started from.
  const trained = ejectable.trained?.step ? ejectable.trained : null;
  const script = writeScript({
    ...{ network, variant, changes, normalization: data.normalization },
    classes: data.summary.classes,
    file: basename(request.place),
    data: data.summary.name,
    producerVersion: version,
    trainedSteps: trained?.step ?? null,
    validated: data.validation !== null,
  });
  const parts = { train: data.train, validation: data.validation, test: data.test };
  return {
    'train.py': script,
    'initial.safetensors': encodeSafetensors(initial),
    ...(trained && { 'trained.safetensors': encodeSafetensors(trained.weights) }),
    ...Object.fromEntries(
      Object.entries(parts).flatMap(([part, examples]) =>
        examples === null ? [] : arraysOf(part, examples, network),
      ),
    ),
    ...(savesNormalization(data.normalization) && {
      [`${dataFolder}/mean.npy`]: everyFeature(data.normalization.mean, network),
      [`${dataFolder}/deviation.npy`]: everyFeature(data.normalization.deviation, network),
    }),
  };
}

/** Inputs `[examples, ...input]`, and classes `[examples]` or numbers `[examples, outputs]`. */
function arraysOf(
  part: string,
  { inputs, targets, count }: Examples,
  { input }: Network,
): [string, Uint8Array][] {
  const shape = targets instanceof Int32Array ? [count] : [count, targets.length / count];
  return [
    [`${dataFolder}/${part}-inputs.npy`, encodeNpy(inputs, [count, ...input])],
    [`${dataFolder}/${part}-targets.npy`, encodeNpy(targets, shape)],
  ];
}

function everyFeature(values: Float32Array, { input }: Network): Uint8Array {
  const all = values.length === 1 ? new Float32Array(sizeOf(input)).fill(values[0]) : values;
  return encodeNpy(all, input);
}

/** What has changed the course of the training; pauses have not. */
function changesOf(events: readonly SavedEvent[]): string[] {
  const harmless = ['pause', 'continue', 'step', 'evaluation-statistics'];
  return events
    .filter(({ action }) => !harmless.includes(action.kind))
    .map(({ step, effect }) => `after step ${step}: ${effect}`);
}
