/** From the members of a run's ensemble to one ONNX model that onnxruntime has agreed with. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DataSet } from '../data/types.ts';
import type { CertificationTask } from '../onnx/certificate.ts';
import { completeChoices, type ModelForm } from '../onnx/choices.ts';
import {
  buildEnsemble,
  type EnsembleMember,
  type EnsembleSource,
  memberTensor,
} from '../onnx/ensemble.ts';
import { foldBatchNorm } from '../onnx/fold.ts';
import { readModel } from '../onnx/read.ts';
import type { ExportResult, Folding } from '../protocol/onnx.ts';
import { reportNames } from '../report/files.ts';
import { version } from '../version.ts';
import { certifyForm, describeKept } from './build-form.ts';
import { ensembleMisfit, ensembleProbabilities } from './ensemble.ts';
import {
  type ExportOptions,
  expectFinite,
  originOf,
  savedVariant,
  type Trained,
  trainedVariant,
  validationBatches,
  writeModel,
} from './export-run.ts';
import { RunError } from './prepare.ts';
import type { Run } from './run.ts';
import { makePlaceFor, variantFolder } from './run-folder.ts';

/** What exporting needs of `report.json`. */
const savedReport = z.object({
  variants: z.array(z.object({ variant: z.string() })),
  ensemble: z.object({ members: z.array(z.object({ variant: z.string() })) }).nullable(),
});

/** The members of the ensemble whose run was saved to a folder; null for the folder of a single variant. */
export async function savedEnsemble(folder: string): Promise<readonly Trained[] | null> {
  const place = join(folder, reportNames.json);
  const text = await readFile(place, 'utf8').catch(() => null);
  if (text === null) return null;
  const { variants, ensemble } = parseReport(text, place);
  if (variants.length === 1) return null;
  if (ensemble === null) {
    const names = variants.map(({ variant }) => variant).join(', ');
    throw new RunError(
      `${folder}: expected the folder of one variant, or of a run whose file asks for an ensemble under "report", found a run of ${names}. Name the folder of one of them below it.`,
    );
  }
  const members: Trained[] = [];
  for (const { variant } of ensemble.members) {
    members.push(await savedVariant(variantFolder(folder, variant, variants.length)));
  }
  return members;
}

/** The members of the ensemble of a run in memory; throws a RunError while one has nothing to give. */
export function trainedEnsemble(run: Run): readonly Trained[] {
  if (run.ensemble === null) {
    const names = run.variants.map(({ name }) => name).join(', ');
    throw new RunError(
      `${run.prepared.request.place}: expected an ensemble under "report" and a run of all its members, found a run of ${names}. Train all variants.`,
    );
  }
  return run.ensemble.map((name) => trainedVariant(run, name));
}

/** As `exportModel`, of the mean of the members' class probabilities. */
export async function exportEnsemble(
  trained: readonly Trained[],
  path: string,
  { choices, signal }: ExportOptions = {},
): Promise<ExportResult> {
  const { fold, ...form } = completeChoices({ ...choices, output: 'probabilities' });
  const [{ prepared }] = trained;
  const { data, request, name } = prepared;
  const misfit = ensembleMisfit(trained);
  if (misfit !== null) throw new RunError(`${request.place}: ${misfit}`);
  const untrained = trained.find(({ step }) => step === 0);
  if (untrained !== undefined) {
    throw new RunError(
      `${request.place}: expected trained members, found ${untrained.variant} with the weights it started from. Train it for at least one step.`,
    );
  }
  await makePlaceFor(path);
  const members = trained.map(({ variant, network, weights, step }) => {
    return { name: variant, network, weights, steps: step };
  });
  const folded = fold ? members.map((member) => foldBatchNorm(member, member.steps)) : null;
  const source = {
    members,
    normalization: data.normalization,
    data: data.summary,
    featureNames: data.featureNames,
    name: `${name}_ensemble`,
    producerVersion: version,
    form,
    metadata: originOf(prepared),
  };
  const { seed } = members[0].network.train;
  const { certified, notes } = await certifyForm<EnsembleSource>(
    {
      source,
      folded: folded && { ...source, members: folded },
      build: buildEnsemble,
      taskOf: (each) => ensembleTask({ ...each, data }, signal),
      read: (model) => readModel(model, path).ensemble,
    },
    { data, seed, signal },
  );
  signal?.throwIfAborted();
  const said = [
    ...(choices?.output === 'logits'
      ? ['An ensemble gives probabilities, the mean of its members: there are no logits of all.']
      : []),
    ...notes,
    ...(folded ?? members).flatMap((member) =>
      describeKept(form, member, (tensor) => memberTensor(member.name, tensor)),
    ),
  ];
  const result = await writeModel(certified, path, said);
  return folded === null ? result : { ...result, folding: joinFoldings(folded) };
}

/** Of all members as one, every name with its member's. */
export function joinFoldings(
  members: readonly { readonly name: string; readonly folding: Folding }[],
): Folding {
  return {
    folded: members.flatMap(({ name, folding }) =>
      folding.folded.map(({ batchnorm, into }) => ({
        batchnorm: memberTensor(name, batchnorm),
        into: memberTensor(name, into),
      })),
    ),
    kept: members.flatMap(({ name, folding }) =>
      folding.kept.map(({ batchnorm, reason }) => ({
        batchnorm: memberTensor(name, batchnorm),
        reason: `${name}: ${reason}`,
      })),
    ),
  };
}

/** What an ensemble's model must compute over the whole test set: the mean of the engine's probabilities. */
export async function ensembleTask(
  {
    members,
    form,
    data,
  }: {
    readonly members: readonly EnsembleMember[];
    readonly form: ModelForm;
    readonly data: DataSet;
  },
  signal?: AbortSignal,
): Promise<Omit<CertificationTask, 'model'>> {
  const examples = data.test.count > 0 ? data.test : data.train;
  const engine = await ensembleProbabilities(
    members.map(({ name, network, weights }) => ({ variant: name, network, weights })),
    data.normalization,
    examples,
    signal,
  );
  const { inputs, count, targets } = examples;
  const expected = Float32Array.from(engine.mean);
  expectFinite(expected, count);
  const [{ network }] = members;
  return {
    inputs,
    count,
    expected,
    targets,
    loss: 'softmax-cross-entropy',
    output: 'probabilities',
    precision: form.precision,
    batchSizes: validationBatches(network.train.batchSize, count),
    trainingBatch: network.train.batchSize,
    signal,
  };
}

function parseReport(text: string, place: string): z.output<typeof savedReport> {
  try {
    return savedReport.parse(JSON.parse(text));
  } catch (error) {
    throw new RunError(
      `${place}: expected a report as \`train\` writes it, found something else: ${(error as Error).message}. Train again.`,
      { cause: error },
    );
  }
}
