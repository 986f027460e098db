/** Training as the commands do it. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from '../until.ts';
import { hoverOn, lensesOf, open } from './documents.ts';

/** The step a hover says it belongs to; undefined when it says none. */
function stepOf(hover: string): number | undefined {
  const digits = hover.match(/step ([\d,]+)/i)?.[1].replaceAll(',', '');
  return digits === undefined ? undefined : Number(digits);
}

export const trainingTests = {
  async 'the hover follows a run, and Stop ends it'() {
    const { document } = await open('long.bn.yaml');
    const uri = document.uri.toString();
    await vscode.commands.executeCommand('batchnorm.train', { uri, variant: 'base' });
    const first = await until('a step in the hover', async () =>
      stepOf(await hoverOn(document, 'batchnorm')),
    );
    await until('a later step in the hover', async () => {
      return (stepOf(await hoverOn(document, 'batchnorm')) ?? first) > first;
    });
    await until('a lens to stop', async () =>
      (await lensesOf(document)).some((t) => /Stop/.test(t)),
    );

    await vscode.commands.executeCommand('batchnorm.stop', { uri });
    await until('a lens to train', async () => (await lensesOf(document)).includes('Train'));
  },

  async 'a run pauses, makes a step and goes on by commands, and the lenses follow'() {
    const { document } = await open('long.bn.yaml');
    const uri = document.uri.toString();
    const run = (command: string) =>
      vscode.commands.executeCommand(`batchnorm.${command}`, { uri, variant: null });
    const lens = (title: RegExp) =>
      until(`a lens ${title}`, async () => (await lensesOf(document)).find((t) => title.test(t)));
    await vscode.commands.executeCommand('batchnorm.train', { uri, variant: 'base' });
    await lens(/^Stop · step [1-9]/);
    await run('pause');
    await lens(/^Continue$/);
    const before = await lens(/paused at step/);
    await run('step');
    await until('the lens of the next step', async () => {
      const after = await lens(/paused at step/);
      return after !== before;
    });
    await run('evaluateByBatch');
    await run('recomputeStatistics');
    await run('continue');
    await lens(/^Pause$/);
    await vscode.commands.executeCommand('batchnorm.stop', { uri });
    await lens(/^Train$/);
  },

  async 'a run opens the dashboard beside the editor'() {
    const { document } = await open('quick.bn.yaml');
    await vscode.commands.executeCommand('batchnorm.train', { uri: document.uri.toString() });
    await until('a panel named after the network', () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .find(({ input, label }) => input instanceof vscode.TabInputWebview && label === 'quick'),
    );
    assert.equal(vscode.window.activeTextEditor?.document, document, 'the focus stays in the file');
  },
};
