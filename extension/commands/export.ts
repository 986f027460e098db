/** Taking a trained network away as an ONNX model, and checking such a model again. */
import {
  CancellationError,
  type CancellationToken,
  commands,
  env,
  ProgressLocation,
  type QuickPickItem,
  UIKind,
  Uri,
  window,
} from 'vscode';
import { exportOnnx, validateOnnx } from '../../sidecar/protocol/onnx.ts';
import { list, type RunSummary, type VariantSummary } from '../../sidecar/protocol/runs.ts';
import type { Lab } from '../lab.ts';
import { networkFile, shownNetworkFile } from '../network-files.ts';
import { presentEnsemble, savedVariants, trainedVariants } from '../runs.ts';
import { progress } from '../status-text.ts';
import { exportText, goneText, modelName, type Outcome, validationText } from './export-text.ts';
import { ids, type Target } from './ids.ts';
import { offer } from './messages.ts';

/** Asks for the variant, or the ensemble, whether to fold batch normalization, and the file, exports, and says what onnxruntime makes of it. */
export async function exportModel(lab: Lab, target: Target = {}): Promise<void> {
  const run = await runOf(lab, target);
  const train = { 'Train Network': () => commands.executeCommand(ids.train, { uri: run?.uri }) };
  if (run === undefined || trainedVariants(run).length === 0) {
    offer('info', 'Nothing has been trained yet that could be exported.', train);
    return;
  }
  const present = await presentVariants(lab, run);
  if (present.length === 0) {
    offer('warning', goneText(run), train);
    return;
  }
  const model = await chooseModel(run, present, target.variant);
  if (model === undefined) return;
  const fold = await chooseFolding();
  if (fold === undefined) return;
  const file = await chooseFile(run, model);
  if (file === undefined) return;
  const result = await withProgress(
    `Exporting ${model.variant ?? 'the ensemble'} of ${run.name}`,
    (token) =>
      lab.sidecar.request(
        exportOnnx,
        {
          runId: run.runId,
          variant: model.variant,
          folder: run.folder,
          path: file.fsPath,
          choices: { fold },
        },
        token,
      ),
  );
  if (result !== undefined) tell(exportText(result), Uri.file(result.path));
}

/** Validates the model it is given, or one that the user picks. */
export async function validateModel(lab: Lab, target: Target = {}): Promise<void> {
  const file = target.uri === undefined ? await pickModel() : Uri.parse(target.uri, true);
  if (file === undefined) return;
  const result = await withProgress(`Validating ${modelName(file.fsPath)}`, (token) =>
    lab.sidecar.request(validateOnnx, { path: file.fsPath }, token),
  );
  if (result !== undefined)
    tell(validationText(modelName(file.fsPath), result.found.validation), file);
}

/**
 * The newest run of the file that is meant, of this session or as an earlier one has saved it; without a file in
 * sight, the newest of all.
 */
async function runOf({ runs, saved }: Lab, { uri }: Target): Promise<RunSummary | undefined> {
  const all = runs.all();
  if (uri === undefined && shownNetworkFile() === undefined && all.length === 1) return all[0];
  const file = (await networkFile(uri))?.toString();
  if (file === undefined) return all.at(-1);
  return runs.newest(file) ?? (await saved.of(file))?.run;
}

/** Results are in the memory of the sidecar that trained them, or else on disk. */
async function presentVariants({ sidecar }: Lab, run: RunSummary): Promise<VariantSummary[]> {
  const remembered = await sidecar.request(list, {});
  const isInMemory = remembered.some(({ runId }) => runId === run.runId);
  return isInMemory ? trainedVariants(run) : savedVariants(run);
}

/** What can be exported: a variant, or the mean of those that the file asks for. */
interface Choice {
  readonly label: string;
  /** Null: the ensemble. */
  readonly variant: string | null;
}

async function chooseModel(
  run: RunSummary,
  present: readonly VariantSummary[],
  wanted: string | undefined,
): Promise<Choice | undefined> {
  const named = present.find(({ variant }) => variant === wanted);
  // Nobody who named another variant is given this one unasked.
  const only = wanted === undefined && present.length === 1 ? present[0] : undefined;
  const certain = named ?? only;
  if (certain !== undefined) return { label: certain.variant, variant: certain.variant };
  const items = present.map((variant) => ({
    label: variant.variant,
    description: progress(variant),
    detail: variant.note,
    variant: variant.variant,
  }));
  const title = 'Variant to export';
  return window.showQuickPick<Choice & QuickPickItem>([...items, ...ensembleItems(run, present)], {
    title,
  });
}

function ensembleItems(run: RunSummary, present: readonly VariantSummary[]) {
  const members = presentEnsemble(run, present);
  if (members === null) return [];
  const description = `the mean of ${members.length} networks in one model`;
  return [{ label: '$(layers) ensemble', description, detail: members.join(', '), variant: null }];
}

/** Whether batch normalizations are folded; the first of the two is what Enter takes. */
async function chooseFolding(): Promise<boolean | undefined> {
  const items = [
    {
      label: 'Keep BatchNormalization Nodes',
      description: 'the graph has the layers of the network file',
      fold: false,
    },
    {
      label: 'Fold into the Weights Before',
      description: 'fewer nodes; what cannot be folded is kept, and told why',
      fold: true,
    },
  ];
  const picked = await window.showQuickPick(items, { title: 'Batch Normalization in the Model' });
  return picked?.fold;
}

function chooseFile(run: RunSummary, { variant }: Choice): Thenable<Uri | undefined> {
  const source = Uri.parse(run.uri);
  const part = variant === null ? '-ensemble' : variant === 'base' ? '' : `-${variant}`;
  const name = `${run.name}${part}.onnx`;
  return window.showSaveDialog({
    title: 'Export ONNX Model',
    defaultUri: source.scheme === 'file' ? Uri.joinPath(source, '..', name) : Uri.file(name),
    filters: { 'ONNX model': ['onnx'] },
  });
}

async function pickModel(): Promise<Uri | undefined> {
  const picked = await window.showOpenDialog({
    title: 'Validate ONNX Model',
    openLabel: 'Validate',
    filters: { 'ONNX model': ['onnx'] },
  });
  return picked?.[0];
}

/** Undefined when the user has cancelled. */
async function withProgress<R>(
  title: string,
  work: (token: CancellationToken) => Promise<R>,
): Promise<R | undefined> {
  const options = { location: ProgressLocation.Notification, title, cancellable: true };
  return window.withProgress(options, async (_progress, token) => {
    try {
      return await work(token);
    } catch (error) {
      if (token.isCancellationRequested || error instanceof CancellationError) return undefined;
      throw error;
    }
  });
}

function tell({ severity, text }: Outcome, file: Uri): void {
  offer(severity, text, {
    Reveal: () => commands.executeCommand(revealCommand(), file),
    'Copy Path': () => env.clipboard.writeText(file.fsPath),
  });
}

/** The system's file manager can only show files of this machine. */
function revealCommand(): string {
  const local = env.remoteName === undefined && env.uiKind === UIKind.Desktop;
  return local ? 'revealFileInOS' : 'revealInExplorer';
}
