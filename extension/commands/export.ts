/** Taking a trained network away as an ONNX model, and checking such a model again. */
import {
  CancellationError,
  type CancellationToken,
  commands,
  env,
  ProgressLocation,
  UIKind,
  Uri,
  window,
} from 'vscode';
import { exportOnnx, validateOnnx } from '../../sidecar/protocol/onnx.ts';
import type { RunSummary, VariantSummary } from '../../sidecar/protocol/runs.ts';
import type { Lab } from '../lab.ts';
import { networkFile } from '../network-files.ts';
import { trainedVariants } from '../runs.ts';
import { progress } from '../status-text.ts';
import { exportText, modelName, type Outcome, validationText } from './export-text.ts';
import { ids, type Target } from './ids.ts';
import { offer } from './messages.ts';

/** Asks for the variant and the file, exports, and says what onnxruntime makes of it. */
export async function exportModel(lab: Lab, target: Target = {}): Promise<void> {
  const run = await runOf(lab, target);
  const trained = run === undefined ? [] : trainedVariants(run);
  if (run === undefined || trained.length === 0) {
    offer('info', 'Nothing has been trained yet that could be exported.', {
      'Train Network': () => commands.executeCommand(ids.train, { uri: target.uri }),
    });
    return;
  }
  const variant = await chooseVariant(trained, target.variant);
  if (variant === undefined) return;
  const file = await chooseFile(run, variant.variant);
  if (file === undefined) return;
  const result = await withProgress(`Exporting ${variant.variant} of ${run.name}`, (token) =>
    lab.sidecar.request(
      exportOnnx,
      { runId: run.runId, variant: variant.variant, folder: run.folder, path: file.fsPath },
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
  if (result !== undefined) tell(validationText(modelName(file.fsPath), result), file);
}

/** The newest run of the file that is meant; without a file in sight, the newest of all. */
async function runOf({ runs }: Lab, { uri }: Target): Promise<RunSummary | undefined> {
  const all = runs.all();
  if (uri === undefined && all.length === 1) return all[0];
  const file = await networkFile(uri);
  return file === undefined ? all.at(-1) : runs.newest(file.toString());
}

async function chooseVariant(
  trained: readonly VariantSummary[],
  wanted: string | undefined,
): Promise<VariantSummary | undefined> {
  const named = trained.find(({ variant }) => variant === wanted);
  if (named !== undefined || trained.length === 1) return named ?? trained[0];
  const items = trained.map((variant) => ({
    label: variant.variant,
    description: progress(variant),
    variant,
  }));
  const picked = await window.showQuickPick(items, { title: 'Variant to export' });
  return picked?.variant;
}

function chooseFile(run: RunSummary, variant: string): Thenable<Uri | undefined> {
  const source = Uri.parse(run.uri);
  const name = `${variant === 'base' ? run.name : `${run.name}-${variant}`}.onnx`;
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
