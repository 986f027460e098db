/** What can be done with an ONNX model that lies there: look at it, check it again, fold it. */
import { basename, extname } from 'node:path';
import { commands, env, TabInputCustom, UIKind, Uri, window } from 'vscode';
import { foldOnnx } from '../../sidecar/protocol/inspect.ts';
import { validateOnnx } from '../../sidecar/protocol/onnx.ts';
import type { Lab } from '../lab.ts';
import { modelName, type Outcome, validationText } from './export-text.ts';
import { foldText } from './fold-text.ts';
import type { ModelTarget } from './ids.ts';
import { offer } from './messages.ts';
import { withProgress } from './progress.ts';

/** Opens the model it is given, or one that the user picks, in its own editor. */
export async function inspectModel(lab: Lab, target: ModelTarget = {}): Promise<void> {
  const file = target.uri === undefined ? await pickModel('Inspect') : Uri.parse(target.uri, true);
  if (file !== undefined) await lab.models.open(file);
}

/** Validates the model it is given, the one that is shown, or one that the user picks. */
export async function validateModel(lab: Lab, target: ModelTarget = {}): Promise<void> {
  const file = await modelOf(target, 'Validate');
  if (file === undefined) return;
  const result = await withProgress(`Validating ${modelName(file.fsPath)}`, (token) =>
    lab.sidecar.request(validateOnnx, { path: file.fsPath }, token),
  );
  if (result !== undefined) tellOfModel(lab, validationText(modelName(file.fsPath), result), file);
}

/** Folds into a copy whose name it asks for, says what came of it, and opens the copy. */
export async function foldModel(lab: Lab, target: ModelTarget = {}): Promise<void> {
  const file = await modelOf(target, 'Fold');
  if (file === undefined) return;
  const name = basename(file.fsPath, extname(file.fsPath));
  const copy = await window.showSaveDialog({
    title: 'Fold BatchNorm into a Copy',
    saveLabel: 'Fold',
    defaultUri: Uri.joinPath(file, '..', `${name}-folded.onnx`),
    filters: { 'ONNX model': ['onnx'] },
  });
  if (copy === undefined) return;
  const result = await withProgress(`Folding ${modelName(file.fsPath)}`, (token) =>
    lab.sidecar.request(foldOnnx, { path: file.fsPath, target: copy.fsPath }, token),
  );
  if (result === undefined) return;
  const { severity, text } = foldText(modelName(file.fsPath), result);
  if (result.path === null) {
    offer(severity, text, {});
    return;
  }
  const folded = Uri.file(result.path);
  offer(severity, text, { Reveal: () => revealFile(folded) });
  await lab.models.open(folded);
}

/** Says what became of a model, with the ways on from there. */
export function tellOfModel(lab: Lab, { severity, text }: Outcome, file: Uri): void {
  offer(severity, text, {
    'Open Model': () => lab.models.open(file),
    'Show Certificate': () => lab.models.open(file, 'certificate'),
    Reveal: () => revealFile(file),
  });
}

/** The system's file manager can only show files of this machine. */
export function revealFile(file: Uri): Thenable<unknown> {
  const local = env.remoteName === undefined && env.uiKind === UIKind.Desktop;
  return commands.executeCommand(local ? 'revealFileInOS' : 'revealInExplorer', file);
}

async function modelOf({ uri }: ModelTarget, verb: string): Promise<Uri | undefined> {
  if (uri !== undefined) return Uri.parse(uri, true);
  const shown = window.tabGroups.activeTabGroup.activeTab?.input;
  if (shown instanceof TabInputCustom && shown.uri.path.endsWith('.onnx')) return shown.uri;
  return pickModel(verb);
}

async function pickModel(verb: string): Promise<Uri | undefined> {
  const picked = await window.showOpenDialog({
    title: `${verb} ONNX Model`,
    openLabel: verb,
    filters: { 'ONNX model': ['onnx'] },
  });
  return picked?.[0];
}
