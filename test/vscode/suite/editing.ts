/** Help with a network file that needs no training. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from '../until.ts';
import { hoverOn, lensesOf, open } from './documents.ts';

export const editingTests = {
  async 'a file that ends in .bn.yaml is a network file'() {
    const { document } = await open('quick.bn.yaml');
    assert.equal(document.languageId, 'batchnorm');
  },

  async 'mistakes are marked where they stand'() {
    const { document } = await open('wrong.bn.yaml');
    const errors = await until('two errors', () => {
      const found = vscode.languages.getDiagnostics(document.uri);
      return found.length >= 2 && found;
    });
    const marked = errors.map(({ range }) => document.getText(range));
    assert.ok(marked.includes('batchnrm'), marked.join());
    assert.ok(marked.includes('learnRate'), marked.join());
    assert.match(errors.map(({ message }) => message).join('\n'), /batchnorm/);
  },

  async 'hover explains a layer, lenses offer to train'() {
    const { document } = await open('quick.bn.yaml');
    const hover = await until('a hover', () => hoverOn(document, 'batchnorm'));
    assert.match(hover, /epsilon/i);
    const lenses = await until('lenses', async () => {
      const titles = await lensesOf(document);
      return titles.length > 0 && titles;
    });
    assert.ok(lenses.includes('Train'), lenses.join());
  },

  async 'a new network file is written from a template'() {
    await vscode.commands.executeCommand('batchnorm.newFile');
    const editor = vscode.window.activeTextEditor!;
    assert.equal(editor.document.languageId, 'batchnorm');
    await until('the template', () => editor.document.getText().includes('network:'));
    assert.equal(editor.document.isUntitled, true);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  },

  async 'an example opens as a copy that can be edited'() {
    await vscode.commands.executeCommand('batchnorm.openExample', 'mnist.bn.yaml');
    const { document } = vscode.window.activeTextEditor!;
    assert.equal(document.languageId, 'batchnorm');
    assert.match(document.uri.path, /globalStorage.*\/mnist\.bn\.yaml$/);
  },
};
