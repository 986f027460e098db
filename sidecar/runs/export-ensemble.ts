/** From the members of a run's ensemble to one ONNX model that onnxruntime has agreed with. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DataSet } from '../data/types.ts';
import { completeChoices } from '../onnx/choices.ts';
import { buildEnsemble, type EnsembleMember, memberTensor } from '../onnx/ensemble.ts';
import { foldBatchNorm } from '../onnx/fold.ts';
import { validateModel } from '../onnx/validate.ts';
import type { ExportResult, Folding, Validation } from '../protocol/onnx.ts';
import { reportNames } from '../report/files.ts';
import { version } from '../version.ts';
import { ensembleMisfit, ensembleProbabilities } from './ensemble.ts';
import {
  type ExportOptions,
  savedVariant,
  type Trained,
  trainedVariant,
  validationBatches,
  writeModel,
} from './export-run.ts';
import { RunError } from './prepare.ts';
import type { Run } from './run.ts';
import { variantFolder } from './run-folder.ts';

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
  const { fold, ...form } = completeChoices({ output: 'probabilities', ...choices });
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
  const members = trained.map(({ variant, network, weights, step }) => {
    return { name: variant, network, weights, steps: step };
  });
  const folded = fold ? members.map((member) => foldBatchNorm(member, member.steps)) : null;
  const model = buildEnsemble({
    members: folded ?? members,
    normalization: data.normalization,
    data: data.summary,
    featureNames: data.featureNames,
    name: `${name}_ensemble`,
    producerVersion: version,
    form,
    metadata: {
      source: request.text,
      sourceSha256: createHash('sha256').update(request.text).digest('hex'),
      dataSha256: data.hash,
    },
  });
  const validation = await validateEnsemble(model, members, data, signal);
  signal?.throwIfAborted();
  const result = await writeModel(model, validation, path);
  return folded === null ? result : { ...result, folding: joinFoldings(folded) };
}

/** Of all members as one, every name with its member's. */
function joinFoldings(
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

/** Runs an ensemble's model in onnxruntime over the whole test set, against the mean of the engine's probabilities. */
export async function validateEnsemble(
  model: Uint8Array,
  members: readonly EnsembleMember[],
  data: DataSet,
  signal?: AbortSignal,
): Promise<Validation> {
  const examples = data.test.count > 0 ? data.test : data.train;
  const engine = await ensembleProbabilities(
    members.map(({ name, network, weights }) => ({ variant: name, network, weights })),
    data.normalization,
    examples,
    signal,
  );
  const { inputs, count, targets } = examples;
  return validateModel({
    model,
    inputs,
    count,
    expected: Float32Array.from(engine.mean),
    targets,
    loss: 'softmax-cross-entropy',
    output: 'probabilities',
    batchSizes: validationBatches(members[0].network.train.batchSize),
    signal,
  });
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
