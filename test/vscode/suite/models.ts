/** Which editor ONNX files open in. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from '../until.ts';
import { extension } from './documents.ts';

const [folder] = vscode.workspace.workspaceFolders!;

/** The file that each editor of models shows. */
function shownModels(): string[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .flatMap(({ input }) =>
      input instanceof vscode.TabInputCustom && input.viewType === 'batchnorm.onnx'
        ? [input.uri.path.split('/').at(-1)!]
        : [],
    );
}

export const modelTests = {
  async 'an ONNX file opens in its own editor, also one that is broken'() {
    const file = vscode.Uri.joinPath(folder.uri, 'broken.onnx');
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode('no model'));
    await vscode.commands.executeCommand('vscode.open', file);
    await until('the editor', () => shownModels().includes('broken.onnx'));
  },

  async 'Inspect opens the model that it is given'() {
    const file = vscode.Uri.joinPath(folder.uri, 'given.onnx');
    await vscode.workspace.fs.writeFile(file, new Uint8Array());
    await vscode.commands.executeCommand('batchnorm.inspectOnnx', { uri: file.toString() });
    await until('the editor', () => shownModels().includes('given.onnx'));
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  },

  async 'the editor is there without trust, what runs models is not'() {
    const { commands, menus, customEditors } = extension.packageJSON.contributes;
    assert.deepEqual(
      customEditors.map(({ priority }: { priority: string }) => priority),
      ['default'],
    );
    for (const id of ['foldOnnx', 'validateOnnx', 'ejectPytorch']) {
      const command = `batchnorm.${id}`;
      const found = commands.find((each: { command: string }) => each.command === command);
      assert.match(found.enablement, /isWorkspaceTrusted/, id);
      for (const items of Object.values(menus) as { command: string; when?: string }[][]) {
        for (const item of items)
          if (item.command === command) assert.match(item.when ?? '', /isWorkspaceTrusted/, id);
      }
    }
  },
};
