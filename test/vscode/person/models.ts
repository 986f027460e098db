/** Exporting in every form, and what can be done with models in their editor, in the packaged extension. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../install.ts';
import type { Tests } from '../result.ts';
import { until } from '../until.ts';
import type { Window } from './window.ts';

/** What to pick in the questions that follow each other, and what the model's page then says. */
const forms = {
  defaults: { picks: [], says: [/opset 15/, /2, all foldable/] },
  folded: {
    picks: ['float32', 'Fold into the Weights Before', 'Logits', 'Opset 15'],
    says: [/no BatchNormalization node/],
  },
  probabilities: {
    picks: ['float32', 'Keep BatchNormalization Nodes', 'Probabilities', 'Opset 9'],
    says: [/opset 9/, /Softmax|Sigmoid/],
  },
  float16: {
    picks: ['float16', 'Keep BatchNormalization Nodes', 'Logits', 'Opset 15'],
    says: [/float16/],
  },
  int8: { picks: ['int8', 'Logits', 'Opset 15'], says: [/QuantizeLinear/] },
} as const;

const formNames = Object.keys(forms) as (keyof typeof forms)[];

/** The tests follow each other in one window: each begins where the one before it ended. */
export function modelTests(window: Window, workspace: string): Tests {
  const { page } = window;
  const pathOf = (name: string) => join(workspace, `${name}.onnx`);
  const says = async (name: string, pattern: RegExp) => {
    await until(`${pattern} in the page of ${name}`, async () => {
      const model = await window.model(`${name}.onnx`);
      return pattern.test(await model.locator('body').innerText());
    });
  };
  const exportAs = async (name: keyof typeof forms) => {
    await page.locator('.tab', { hasText: 'quick.bn.yaml' }).click();
    await window.command('BatchNorm: Export ONNX Model');
    const { picks } = forms[name];
    await window.pick(picks.length === 0 ? 'Export with Defaults' : 'Choose…');
    for (const [step, label] of picks.entries()) {
      await page.locator('.quick-input-title', { hasText: `(${step + 1}/` }).waitFor();
      await window.pick(label);
    }
    await window.saveAs(pathOf(name), pathOf('quick'));
  };
  const exportAndRead = async (name: keyof typeof forms) => {
    await exportAs(name);
    const told = window.notification(new RegExp(`Exported ${name}\\.onnx\\. onnxruntime.* agrees`));
    await told.waitFor();
    if (name === 'float16' || name === 'int8')
      assert.match(await told.innerText(), new RegExp(`% as trained, .* in ${name}\\.`));
    await told.getByRole('button', { name: 'Open Model' }).click();
    for (const pattern of forms[name].says) await says(name, pattern);
    await says(name, /Certificate/);
    const args = [join(repository, 'dist', 'cli.js'), 'validate', pathOf(name)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  };
  return {
    async 'a network is trained to export it'() {
      await window.openFile('quick.bn.yaml');
      await window.lens(/^Train$/).click();
      const dashboard = await window.dashboard();
      await until('a finished run', async () =>
        /finished/.test((await dashboard.locator('body').textContent()) ?? ''),
      );
    },

    ...Object.fromEntries(
      formNames.map((name) => [
        `a model is exported with these choices and read in its editor: ${name}`,
        () => exportAndRead(name),
      ]),
    ),

    async 'the questions begin where they ended last time, and go back'() {
      await page.locator('.tab', { hasText: 'quick.bn.yaml' }).click();
      await window.command('BatchNorm: Export ONNX Model');
      const focused = page.locator('.quick-input-list .monaco-list-row.focused');
      await focused.filter({ hasText: 'Export with Defaults' }).waitFor();
      await page
        .locator('.quick-input-list .monaco-list-row', { hasText: 'Export as Last Time' })
        .filter({ hasText: /int8/ })
        .waitFor();
      await window.pick('Choose…');
      await focused.filter({ hasText: 'int8' }).waitFor();
      await page.keyboard.press('Enter');
      await focused.filter({ hasText: 'Logits' }).waitFor();
      await page.locator('.quick-input-titlebar').getByRole('button', { name: 'Back' }).click();
      await focused.filter({ hasText: 'int8' }).waitFor();
      await page.keyboard.press('Escape');
    },

    async 'a batch normalization opens to its charts, a tensor to its values'() {
      await window.openFile('defaults.onnx');
      const model = await window.model('defaults.onnx');
      await model.getByRole('button', { name: 'batchnorm1', exact: true }).first().click();
      await model.getByRole('group', { name: 'Running variance of batchnorm1' }).waitFor();
      await model.locator('th.tensor button').first().click();
      await model.locator('.facts').first().waitFor();
      assert.match(await model.locator('.facts').first().innerText(), /mean/);
    },

    async 'the page validates the model again, and copies a program that runs it'() {
      const model = await window.model('defaults.onnx');
      await model.getByRole('button', { name: 'Validate Again' }).click();
      await window.notification(/defaults\.onnx is valid\. onnxruntime.* agrees/).waitFor();
      await model.getByRole('button', { name: 'Copy snippet in Python' }).click();
      await page.locator('.statusbar-item', { hasText: /a program in Python/ }).waitFor();
    },

    async 'Show Certificate turns to it, in an editor that is open and in a new one'() {
      await window.command('Notifications: Clear All Notifications');
      for (const close of [false, true]) {
        const model = await window.model('defaults.onnx');
        await model.getByRole('button', { name: 'Validate Again' }).click();
        const told = window.notification(/defaults\.onnx is valid/);
        await told.waitFor();
        if (close) await window.command('View: Close Editor');
        await told.getByRole('button', { name: 'Show Certificate' }).click();
        const page = await window.model('defaults.onnx');
        const opener = page.locator('h2').getByRole('button', { name: 'Certificate' });
        await until('the certificate', () =>
          opener.evaluate((each) => each === document.activeElement),
        );
      }
    },

    async 'the page folds the model into a copy, proves it, and opens the copy'() {
      const model = await window.model('defaults.onnx');
      await model.getByRole('button', { name: 'Fold BatchNorm…' }).click();
      await window.saveAs(pathOf('defaults-folded'));
      await window
        .notification(
          /Folded 2 of 2 batch normalizations of defaults\.onnx into defaults-folded\.onnx.*computes the same/,
        )
        .waitFor();
      await says('defaults-folded', /no BatchNormalization node/);
    },

    async 'the editor comes back when the window is reloaded'() {
      await page.reload();
      // A window that is reloaded may be some seconds behind in what it remembers of its tabs; this one is older.
      await page.locator('.tab', { hasText: 'float16.onnx' }).click();
      await says('float16', /Certificate\s+validated/);
    },

    async 'a broken file says what is broken, and is shown once it is whole'() {
      await window.openFile('broken.onnx');
      await says('broken', /This file cannot be shown as a model\.\s+\S.*broken\.onnx/s);
      await copyFile(pathOf('defaults'), pathOf('broken'));
      await says('broken', /2, all foldable/);
    },

    async 'a network is ejected to PyTorch'() {
      await page.locator('.tab', { hasText: 'quick.bn.yaml' }).click();
      await window.command('BatchNorm: Eject to PyTorch');
      await window.saveAs(join(workspace, 'quick-pytorch'));
      await window.notification(/Ejected base of quick to .*quick-pytorch: train\.py/).waitFor();
      assert.ok(existsSync(join(workspace, 'quick-pytorch', 'train.py')));
    },
  };
}
