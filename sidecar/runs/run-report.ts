/** The report of a run: what it is made of, and its files on disk. */
import { basename, join } from 'node:path';
import type { Examples, Initialization, Network } from '../network/types.ts';
import type { ReportView } from '../protocol/report.ts';
import { composeReport } from '../report/compose.ts';
import { describeReport } from '../report/describe.ts';
import { reportFiles, reportNames } from '../report/files.ts';
import { renderBody } from '../report/html.ts';
import type { ReportSource, VariantSource } from '../report/source.ts';
import { bodyStyles } from '../report/styles.ts';
import { version } from '../version.ts';
import { ensembleMisfit, type Member, scoreEnsemble } from './ensemble.ts';
import type { PreparedRun, RunRequest } from './prepare.ts';
import { sha256, writeWhole } from './run-folder.ts';
import type { VariantRun } from './variant-run.ts';

/** What a report wants of a run. */
interface ReportedRun {
  readonly prepared: PreparedRun;
  readonly variants: readonly VariantRun[];
  readonly reportFiles: ReportView['files'];
}

/** Writes the files into the run's folder and resolves to their paths; rejects with the file system's error. */
export async function writeReport(run: ReportedRun, folder: string): Promise<ReportView['files']> {
  const files = reportFiles(describeReport(await sourceOf(run)));
  await writeWhole(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [join(folder, name), text])),
  );
  return {
    markdown: join(folder, reportNames.markdown),
    json: join(folder, reportNames.json),
    html: join(folder, reportNames.html),
  };
}

/** The report as far as the run has got. */
export async function viewReport(run: ReportedRun): Promise<ReportView> {
  const report = describeReport(await sourceOf(run));
  return { html: renderBody(composeReport(report)), styles: bodyStyles, files: run.reportFiles };
}

async function sourceOf(run: ReportedRun): Promise<ReportSource> {
  const { request, name, data, grids, report } = run.prepared;
  const { summary, hash, train, validation, test } = data;
  return {
    name,
    file: { name: basename(request.place), text: request.text, sha256: sha256(request.text) },
    command: commandOf(request),
    versions: { batchnorm: version, node: process.versions.node },
    data: {
      name: summary.name,
      hash,
      input: summary.input,
      trainExamples: train.count,
      validationExamples: validation?.count ?? 0,
      testExamples: test.count,
      commonest: commonestShare(test),
    },
    variants: run.variants.map(describeVariant),
    grids,
    request: report,
    ...(await ensembleOf(run)),
  };
}

function describeVariant(variant: VariantRun): VariantSource {
  const { name, prepared, evaluations, probes, events, population } = variant;
  const { train, initialization } = prepared.network;
  const { state, step, steps, testLoss, testAccuracy, findings, note, error } = variant.summary();
  return {
    variant: name,
    state,
    seed: train.seed,
    recipe: recipeOf(prepared.network),
    learningRate: train.learningRate,
    initialization: nameOf(initialization),
    batchSize: train.batchSize,
    parameters: prepared.layers.reduce((sum, layer) => sum + layer.parameters, 0),
    steps,
    stepsMade: step,
    final: testLoss === null ? null : { loss: testLoss, accuracy: testAccuracy },
    evaluations,
    probes,
    events,
    findings,
    population,
    note: note ?? null,
    error: error ?? null,
  };
}

function recipeOf({ layers, initialization, loss, train }: Network): string {
  return JSON.stringify({ layers, initialization, loss, train: { ...train, learningRate: null } });
}

/** The scores, or why there are none where the file asks for them. */
async function ensembleOf({
  prepared,
  variants,
}: ReportedRun): Promise<Pick<ReportSource, 'ensemble' | 'ensembleMissing'>> {
  const wanted = prepared.report?.ensemble ?? [];
  const members = variants
    .filter(({ name }) => wanted.includes(name))
    .flatMap(({ name, prepared: { network }, trained, state }) =>
      trained === null || state === 'failed' || trained.step === 0
        ? []
        : [{ variant: name, network, weights: trained.weights }],
    );
  if (wanted.length === 0) return { ensemble: null };
  const missing = ensembleProblem(wanted, members, prepared.data.test.count);
  if (missing !== null) return { ensemble: null, ensembleMissing: missing };
  return { ensemble: await scoreEnsemble(members, prepared.data) };
}

function ensembleProblem(
  wanted: readonly string[],
  members: readonly Member[],
  testExamples: number,
): string | null {
  const lacking = wanted.filter((name) => members.every(({ variant }) => variant !== name));
  const misfit = ensembleMisfit(members);
  if (misfit !== null) return `There is no ensemble: ${misfit}.`;
  if (lacking.length > 0) {
    return `There is no ensemble: expected ${wanted.length} trained members, found none of ${lacking.join(', ')}. Train all of them to the end.`;
  }
  if (members.length < 2) {
    return `There is no ensemble: expected two members or more, found ${members[0].variant} alone. Name more under report.ensemble.`;
  }
  if (testExamples === 0)
    return 'There is no ensemble: the data has no test examples to score it on.';
  return null;
}

/** What repeats the run in its file's folder. */
function commandOf({ place, variants, overrides, init }: RunRequest): string {
  const chosen =
    variants === 'all'
      ? ['--all-variants']
      : (variants ?? []).flatMap((variant) => ['--variant', variant]);
  const numbers = Object.entries(overrides ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
  const from = init === undefined ? [] : ['--init', basename(init.place)];
  const words = ['batchnorm', 'train', basename(place), ...chosen, ...numbers, ...from];
  return words.map(shellWord).join(' ');
}

/** As a POSIX shell takes it for one word. */
function shellWord(word: string): string {
  return /^[\w.,:=@/+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function nameOf(initialization: Initialization): string {
  return initialization.kind === 'gaussian'
    ? `gaussian ${initialization.deviation}`
    : initialization.kind;
}

function commonestShare({ targets, count }: Examples): number | null {
  if (!(targets instanceof Int32Array) || count === 0) return null;
  const counts = new Map<number, number>();
  for (const target of targets) counts.set(target, (counts.get(target) ?? 0) + 1);
  return Math.max(...counts.values()) / count;
}
