/**
 * A run on disk: `run.json` (the file as trained, seed, versions, results, history) and `weights.safetensors`, one
 * folder a variant. Files appear whole or not at all: each is written beside its name and renamed.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import type { Weights } from '../network/types.ts';
import type { ActivationProbe, Probe } from '../protocol/probes.ts';
import { reportNames } from '../report/files.ts';
import { decodeSafetensors, encodeSafetensors } from '../safetensors.ts';
import { version } from '../version.ts';
import { type PreparedRun, RunError } from './prepare.ts';
import type { VariantRun } from './variant-run.ts';

const weightsFile = 'weights.safetensors';
/** Only beside weights whose run began with given ones: others are drawn again from the seed. */
const initialFile = 'initial.safetensors';
const runFile = 'run.json';

/** A probe as `run.json` keeps it; percentiles stay, `[3][units]` as base64 of float32. */
export interface SavedProbe extends Omit<Probe, 'units' | 'activations'> {
  readonly activations: readonly Omit<ActivationProbe, 'histogram'>[];
}

/** Where a variant's files lie: the run's folder itself when it has a single variant. */
export function variantFolder(folder: string, variant: string, variants: number): string {
  return variants === 1 ? folder : join(folder, variant);
}

/** The folder of a variant whose run may have trained several. */
export async function findVariantFolder(folder: string, variant: string): Promise<string> {
  const own = join(folder, variant);
  const found = await stat(join(own, runFile)).catch(() => null);
  return found === null ? folder : own;
}

/**
 * Makes `<parent>/<count>`, the first count from 001 that is free, so that no other run takes it. Rejects with a
 * RunError where that cannot be written: better before training than after.
 */
export async function reserveFolder(parent: string): Promise<string> {
  try {
    await makeFolders(parent);
    for (let count = 1; ; count++) {
      const folder = join(parent, String(count).padStart(3, '0'));
      if (await makeFolder(folder)) return folder;
    }
  } catch (error) {
    throw unwritable(parent, error as Error);
  }
}

/** Makes a folder unless it is there, and resolves to it; rejects as `reserveFolder`. */
export async function makeWritable(folder: string): Promise<string> {
  try {
    await makeFolders(folder);
    await access(folder, constants.W_OK);
    return folder;
  } catch (error) {
    throw unwritable(folder, error as Error);
  }
}

/**
 * Makes the folder of a file that is to be written, before the work that fills it; rejects as `reserveFolder`. Renaming
 * a draft would put a file in the place of a device, so what is there must be a file.
 */
export async function makePlaceFor(path: string): Promise<void> {
  await makeWritable(dirname(path));
  const there = await stat(path).catch(() => null);
  if (there === null || there.isFile()) return;
  throw new RunError(
    `${path}: expected the name of a file, found that of ${there.isDirectory() ? 'a folder' : 'a device or the like'}. Choose another.`,
  );
}

/** Makes a folder and those above it unless they are there. Node's own way never ends in /proc and the like. */
export async function makeFolders(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const above = dirname(folder);
  if (above !== folder) await makeFolders(above);
  try {
    await mkdir(folder);
  } catch (error) {
    // Another program may have been faster.
    if (!(await isFolder(folder))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

/** False when something of this name is there already. */
async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** What is said of a place where results should go and cannot. */
export function unwritable(place: string, cause: Error): RunError {
  return new RunError(
    `${place}: expected a place that can be written, found: ${cause.message}. Choose another, or make it writable.`,
    { cause },
  );
}

/**
 * Writes files so that a reader never sees half of one, nor some of them without the others where the disk is full or a
 * folder has one of the names: all are written beside their names before the first is renamed.
 */
export async function writeWhole(
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  const drafts = Object.entries(files).map(([path, bytes]) => {
    // Another program may be writing the same file.
    return { path, bytes, draft: `${path}.${process.pid}.part` };
  });
  try {
    for (const { path } of drafts) await expectNoFolder(path);
    for (const { draft, bytes } of drafts) await writeFile(draft, bytes);
    for (const { draft, path } of drafts) await rename(draft, path);
  } catch (error) {
    for (const { draft } of drafts) await rm(draft, { force: true });
    throw error;
  }
}

async function expectNoFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) throw new Error(`${path} is a folder`);
}

/** Saves an ended variant; rejects with the file system's error. */
export async function saveVariant(
  folder: string,
  prepared: PreparedRun,
  variant: VariantRun,
): Promise<void> {
  const { trained } = variant;
  if (trained === null) return;
  await makeFolders(folder);
  const weights = encodeSafetensors(trained.weights);
  const given = prepared.request.init && encodeSafetensors(variant.prepared.initial);
  const description = {
    ...describe(folder, prepared, variant),
    weights: { sha256: sha256(weights) },
    initial: given && { sha256: sha256(given) },
  };
  await writeWhole({
    [join(folder, weightsFile)]: weights,
    ...(given && { [join(folder, initialFile)]: given }),
    [join(folder, runFile)]: JSON.stringify(description),
  });
}

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

function describe(folder: string, prepared: PreparedRun, variant: VariantRun) {
  const { request, data, source, name } = prepared;
  const { error, ...summary } = variant.summary();
  return {
    format: 1,
    name,
    variant: variant.name,
    file: {
      place: request.place,
      sha256: sha256(request.text),
      text: request.text,
      /** Folder that the file's relative paths start from, as seen from this one. */
      folder: relative(folder, request.folder),
    },
    data: { source, hash: data.hash, summary: data.summary },
    seed: variant.prepared.network.train.seed,
    trainedSteps: variant.trained?.step ?? 0,
    versions: { batchnorm: version, node: process.versions.node },
    network: variant.prepared.network,
    results: { ...summary, error: error ?? null },
    evaluations: variant.evaluations,
    probes: variant.probes.map(compactProbe),
    /** What a person has changed on the way: such a run cannot be repeated from its file alone. */
    events: variant.events,
    history: describeHistory(variant),
  };
}

/** Without what only a dashboard draws: the histograms, and the statistics of every unit, which the history has bands of. */
function compactProbe({ units, activations, ...rest }: Probe): SavedProbe {
  return { ...rest, activations: activations.map(({ histogram, ...kept }) => kept) };
}

/** Columns by name, six significant digits; JSON has no NaN, so numbers that are not finite are strings. */
function describeHistory(variant: VariantRun) {
  const { history } = variant;
  const named = history.columns.map(({ layer, quantity, statistic }, index) => {
    const name = [layer, quantity, statistic === 'value' ? null : statistic].filter(Boolean);
    return [name.join('.'), history.column(index).map(toJson)] as const;
  });
  return Object.fromEntries([['step', history.column(-1)], ...named]);
}

function toJson(value: number): number | string {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : String(value);
}

/** What exporting needs of `run.json`; the rest is for people and other programs. */
const savedRun = z.object({
  format: z.literal(1),
  name: z.string(),
  variant: z.string(),
  file: z.object({ place: z.string(), text: z.string(), folder: z.string() }),
  data: z.object({ hash: z.string() }),
  seed: z.number(),
  trainedSteps: z.number(),
  results: z.object({ steps: z.number() }),
  weights: z.object({ sha256: z.string() }),
  initial: z.object({ sha256: z.string() }).optional(),
  // Runs of earlier versions do not say.
  events: z
    .array(
      z.object({ step: z.number(), action: z.object({ kind: z.string() }), effect: z.string() }),
    )
    .default([]),
});

/** A `ControlEvent` as far as it is read again. */
export type SavedEvent = z.output<typeof savedRun>['events'][number];

export interface SavedRun {
  readonly name: string;
  readonly variant: string;
  readonly place: string;
  readonly text: string;
  /** Absolute folder of the network file. */
  readonly folder: string;
  readonly dataHash: string;
  readonly steps: number;
  readonly seed: number;
  readonly trainedSteps: number;
  readonly weights: Weights;
  /** What it began with, where that was given; null: drawn from the seed. */
  readonly initial: Weights | null;
  /** What a person changed on the way, oldest first. */
  readonly events: readonly SavedEvent[];
}

/** Reads what `saveVariant` wrote; rejects with a RunError that names the file and what is wrong with it. */
export async function readSavedRun(folder: string): Promise<SavedRun> {
  const place = join(folder, runFile);
  const text = await read(place, folder);
  const parsed = savedRun.safeParse(parseJson(text.toString('utf8'), place));
  if (!parsed.success) {
    throw new RunError(
      `${place}: expected a run saved by this program, found: ${z.prettifyError(parsed.error)}`,
    );
  }
  const saved = parsed.data;
  return {
    name: saved.name,
    variant: saved.variant,
    place: saved.file.place,
    text: saved.file.text,
    folder: resolve(folder, saved.file.folder),
    dataHash: saved.data.hash,
    steps: saved.results.steps,
    seed: saved.seed,
    trainedSteps: saved.trainedSteps,
    weights: await readSavedWeights(folder, weightsFile, saved.weights.sha256),
    initial: saved.initial
      ? await readSavedWeights(folder, initialFile, saved.initial.sha256)
      : null,
    events: saved.events,
  };
}

async function readSavedWeights(folder: string, file: string, hash: string): Promise<Weights> {
  const place = join(folder, file);
  const bytes = await read(place, folder);
  if (sha256(bytes) === hash) return decodeSafetensors(bytes, place).weights;
  throw new RunError(
    `${place}: expected the weights that ${runFile} beside it is about (SHA-256 ${hash}), found others. Train again.`,
  );
}

async function read(path: string, folder: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const isOfSeveral = (await stat(join(folder, reportNames.json)).catch(() => null)) !== null;
    const found = isOfSeveral
      ? 'a run of several variants. Name the folder of one of them below it.'
      : `${(error as Error).message}. Name the folder that \`train --out\` wrote.`;
    throw new RunError(`${path}: expected a file of a run in ${folder}, found: ${found}`, {
      cause: error,
    });
  }
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RunError(`${place}: expected JSON, found: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
