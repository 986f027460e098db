/** Taking a network away as a PyTorch program. */
import { Uri, window } from 'vscode';
import { ejectPytorch } from '../../sidecar/protocol/pytorch.ts';
import type { Lab } from '../lab.ts';
import { count } from '../status-text.ts';
import type { Target } from './ids.ts';
import { offer } from './messages.ts';
import { revealFile } from './models.ts';
import { withProgress } from './progress.ts';
import { chooseTrained, type TrainedModel } from './trained-model.ts';

/** Asks for the variant and the folder to make, and writes the program there. */
export async function ejectNetwork(lab: Lab, target: Target = {}): Promise<void> {
  const model = await chooseTrained(lab, target, {
    title: 'Variant to eject to PyTorch',
    verb: 'ejected',
    withEnsemble: false,
  });
  if (model === undefined || model.variant === null) return;
  const place = await chooseFolder(model);
  if (place === undefined) return;
  const { run, variant } = model;
  const { runId, folder } = run;
  const result = await withProgress(`Ejecting ${variant} of ${run.name}`, (token) =>
    lab.sidecar.request(ejectPytorch, { runId, variant, folder, target: place.fsPath }, token),
  );
  if (result === undefined) return;
  const [program, ...others] = result.files;
  const first = Uri.joinPath(Uri.file(result.folder), program);
  offer(
    'info',
    `Ejected ${variant} of ${run.name} to ${result.folder}: ${program} and ${count(others.length)} more files.`,
    { Open: () => window.showTextDocument(first), Reveal: () => revealFile(first) },
  );
}

/** A folder that is made, named as in a dialog to save a file. */
function chooseFolder({ run, variant }: TrainedModel): Thenable<Uri | undefined> {
  const source = Uri.parse(run.uri);
  const name = `${run.name}${variant === 'base' ? '' : `-${variant}`}-pytorch`;
  return window.showSaveDialog({
    title: 'Folder for the PyTorch program',
    saveLabel: 'Eject',
    defaultUri: source.scheme === 'file' ? Uri.joinPath(source, '..', name) : Uri.file(name),
  });
}
