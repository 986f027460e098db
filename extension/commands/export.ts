/** Taking a trained network away as an ONNX model. */
import { Uri, window } from 'vscode';
import { exportOnnx } from '../../sidecar/protocol/onnx.ts';
import type { Lab } from '../lab.ts';
import { chooseForm } from './choose-form.ts';
import { applicable } from './export-choices.ts';
import { exportText } from './export-text.ts';
import type { Target } from './ids.ts';
import { tellOfModel } from './models.ts';
import { withProgress } from './progress.ts';
import { chooseTrained, situationOf, type TrainedModel } from './trained-model.ts';

/** Asks for the variant or the ensemble, the form of the model and the file, exports, and says what onnxruntime makes of it. */
export async function exportModel(lab: Lab, target: Target = {}): Promise<void> {
  const model = await chooseTrained(lab, target, {
    title: 'Variant to export',
    verb: 'exported',
    withEnsemble: true,
  });
  if (model === undefined) return;
  const situation = await situationOf(lab, model);
  const chosen = await chooseForm(lab.extension.workspaceState, situation);
  if (chosen === undefined) return;
  const file = await chooseFile(model);
  if (file === undefined) return;
  const { run, variant, label } = model;
  const { runId, folder } = run;
  const choices = applicable(situation, chosen);
  const result = await withProgress(`Exporting ${label} of ${run.name}`, (token) =>
    lab.sidecar.request(exportOnnx, { runId, variant, folder, path: file.fsPath, choices }, token),
  );
  if (result !== undefined)
    tellOfModel(lab, exportText(result, chosen.precision), Uri.file(result.path));
}

function chooseFile({ run, variant }: TrainedModel): Thenable<Uri | undefined> {
  const source = Uri.parse(run.uri);
  const part = variant === null ? '-ensemble' : variant === 'base' ? '' : `-${variant}`;
  const name = `${run.name}${part}.onnx`;
  return window.showSaveDialog({
    title: 'Export ONNX Model',
    defaultUri: source.scheme === 'file' ? Uri.joinPath(source, '..', name) : Uri.file(name),
    filters: { 'ONNX model': ['onnx'] },
  });
}
