/** The packaged extension in a workspace that is not trusted: help with the file, but no training. */
import assert from 'node:assert/strict';
import type { Tests } from '../result.ts';
import { until } from '../until.ts';
import type { Window } from './window.ts';

export function restrictedTests(window: Window): Tests {
  const { page } = window;
  return {
    async 'without trust a file is still explained'() {
      await page.getByRole('button', { name: 'Restricted Mode' }).waitFor();
      await window.openFile('quick.bn.yaml');
      await window.lens('Train').waitFor();
      assert.match(await window.hover('batchnorm'), /normaliz/i);
    },

    async 'without trust the palette offers no training and no export'() {
      const rows = await window.palette('BatchNorm: ');
      await rows.filter({ hasText: 'BatchNorm: Show Dashboard' }).waitFor();
      const offered = (await rows.allInnerTexts()).join('\n');
      assert.doesNotMatch(offered, /Train|Export|Validate|Fold|Eject/);
      await page.keyboard.press('Escape');
    },

    async 'without trust the lens Train says what is missing'() {
      await window.lens(/^Train$/).click();
      const told = window.notification(/only in a workspace that you trust/);
      await told.waitFor();
      await told.getByRole('button', { name: 'Manage Workspace Trust' }).waitFor();
      assert.equal(await window.status(/./).count(), 0);
    },

    async 'without trust a model is looked at, but neither folded nor run'() {
      await window.openFile('foreign.onnx');
      const model = await window.model('foreign.onnx');
      await model.locator('.batchnorm').first().waitFor();
      for (const name of ['Fold BatchNorm…', 'Validate Again']) {
        const target = model.getByRole('button', { name });
        assert.equal(await target.getAttribute('aria-disabled'), 'true');
      }
      await page.locator('.tab', { hasText: 'quick.bn.yaml' }).click();
    },

    async 'trust that is granted later brings training'() {
      const told = window.notification(/only in a workspace that you trust/);
      await told.getByRole('button', { name: 'Manage Workspace Trust' }).click();
      await page.locator('.workspace-trust-editor').getByText('Trust', { exact: true }).click();
      await page.getByRole('button', { name: 'Restricted Mode' }).waitFor({ state: 'detached' });
      await page.locator('.tab', { hasText: 'quick.bn.yaml' }).click();
      await window.lens(/^Train$/).click();
      const dashboard = await window.dashboard();
      await until('a finished run', async () =>
        /finished/.test((await dashboard.locator('body').textContent()) ?? ''),
      );
    },
  };
}
