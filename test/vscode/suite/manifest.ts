/** package.json and what the extension really registers say the same. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension } from './documents.ts';

interface Contribution {
  readonly command: string;
  readonly title: string;
  readonly category: string;
}

const contributed: Contribution[] = extension.packageJSON.contributes.commands;

export const manifestTests = {
  async 'every command in package.json has a handler, and the reverse'() {
    await extension.activate();
    const registered = (await vscode.commands.getCommands(true)).filter((id) =>
      id.startsWith('batchnorm.'),
    );
    assert.deepEqual(registered.sort(), contributed.map(({ command }) => command).sort());
  },

  async 'commands have a category and a title in words'() {
    for (const { command, category, title } of contributed) {
      assert.equal(category, 'BatchNorm', command);
      assert.match(title, /^[A-Z]\w+( \w+)*…?$/, command);
    }
  },

  async 'commands of the walkthrough exist'() {
    const ids = contributed.map(({ command }) => command);
    const [walkthrough] = extension.packageJSON.contributes.walkthroughs;
    assert.equal(walkthrough.steps.length, 4);
    for (const { description, completionEvents } of walkthrough.steps) {
      const [, linked] = description.match(/\(command:([\w.]+)/) ?? [];
      assert.ok(ids.includes(linked), description);
      for (const event of completionEvents) assert.ok(ids.includes(event.split(':')[1]), event);
    }
  },
};
