/** Training, watching and exporting in the packaged extension, with mouse and keyboard. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { repository } from '../install.ts';
import type { Tests } from '../result.ts';
import { until } from '../until.ts';
import { killSidecar } from './sidecar.ts';
import type { Window } from './window.ts';

/** The first number after the word `step`; undefined when there is none. */
function stepIn(text: string): number | undefined {
  const digits = text.match(/step ([\d,]+)/i)?.[1].replaceAll(',', '');
  return digits === undefined ? undefined : Number(digits);
}

/** What decorations add to a line stands in the style of its spans, not in its text. */
function pseudoText(line: Locator): Promise<string> {
  return line.evaluate((element) =>
    [...element.querySelectorAll('span')]
      .map((span) => getComputedStyle(span, '::after').content)
      .join(' '),
  );
}

/** The tests follow each other in one window: each begins where the one before it ended. */
export function trainingTests(window: Window, workspace: string): Tests {
  const { page } = window;
  /** What can be read there; what is hidden may differ. */
  const dashboardText = async () => (await window.dashboard()).locator('body').innerText();
  /** The dashboard follows the sidecar by frames, so it says a thing a moment after the lens or the status bar. */
  const dashboardSays = (pattern: RegExp) =>
    until(`${pattern} in the dashboard`, async () => {
      const text = await dashboardText();
      return pattern.test(text) && text;
    });
  /** A network file that no earlier run can be mistaken for, which trains until it is stopped. */
  const openCopy = async (name: string) => {
    await copyFile(join(workspace, 'long.bn.yaml'), join(workspace, `${name}.bn.yaml`));
    // Beside the dashboard, not in its place.
    await page.locator('.tab', { hasText: 'long.bn.yaml' }).click();
    await window.openFile(`${name}.bn.yaml`);
  };
  const someStepsOf = (name: string) => async () => {
    const text = await dashboardText();
    return text.includes(name) && (stepIn(text) ?? 0) > 100;
  };
  /** Takes the form that is marked and the name that the dialog proposes; returns the file. */
  const saveAsProposed = async (name: string) => {
    await window.pick('Export with Defaults');
    const file = join(workspace, `${name}.onnx`);
    await window.saveAs(file);
    return file;
  };
  const standingText = async () => {
    let before = '';
    await until('a text that stands still', async () => {
      const last = before;
      before = await dashboardText();
      return before === last;
    });
    return before;
  };
  /** A chart is drawn, and has its figures, once it comes into sight: what can be read when all have been. */
  const wholeText = async () => {
    const rows = (await window.dashboard()).locator('.row').filter({ visible: true });
    for (const row of await rows.all()) {
      await row.evaluate((each) => each.scrollIntoView());
      await standingText();
    }
    return standingText();
  };
  const hideAndShow = async (name: RegExp) => {
    await page.locator('.tab', { hasText: name }).click();
    await window.openFile('wrong.bn.yaml');
    await until('no dashboard', () => !page.frames().some((f) => f.url().includes('fake.html')));
    await page.locator('.tab', { hasText: name }).click();
  };
  return {
    async 'the palette trains the open file, the status bar counts steps'() {
      await window.openFile('long.bn.yaml');
      await window.lens('Train').waitFor();
      await window.command('BatchNorm: Train Network');
      await window.status(/long: [\d,]+\/1,000,000/).waitFor();
      await window.lens('Stop').waitFor();
    },

    async 'the hover over a layer changes from one moment to the next'() {
      const first = await until('a step in the hover', async () =>
        stepIn(await window.hover('batchnorm')),
      );
      await until('a later step in the hover', async () => {
        return (stepIn(await window.hover('batchnorm')) ?? 0) > first;
      });
    },

    async "a layer's line ends in a live note"() {
      const noted = window.layerLine('batchnorm');
      await until('a note', async () => /mean .* var /.test(await pseudoText(noted)));
    },

    async "the dashboard's figures move"() {
      const before = await until('a step', async () => stepIn(await dashboardText()));
      await until('a later step', async () => (stepIn(await dashboardText()) ?? 0) > before);
      const charts = (await window.dashboard()).locator('canvas');
      assert.ok((await charts.count()) > 4);
    },

    async "a click on a layer's name goes to its line, the cursor's line lights its row"() {
      const dashboard = await window.dashboard();
      await dashboard.getByRole('button', { name: 'batchnorm1', exact: true }).click();
      await page.getByRole('button', { name: /^Ln 5, Col 1/ }).waitFor();
      await dashboard.locator('[data-layer="batchnorm1"].lit').waitFor();
    },

    async "the dashboard's buttons pause the run, make one step and go on"() {
      const dashboard = await window.dashboard();
      const controls = dashboard.getByRole('group', { name: 'Change the run' });
      const said = async () => (await dashboard.locator('.status').textContent()) ?? '';
      await controls.getByRole('button', { name: 'Pause' }).click();
      await until('paused', async () => (await said()).startsWith('paused'));
      const paused = stepIn((await said()).replaceAll('\u00a0', ' '))!;
      const reaches = (what: string, isThere: (step: number) => boolean) =>
        until(what, async () => {
          const step = stepIn((await said()).replaceAll('\u00a0', ' '));
          return step !== undefined && isThere(step);
        });
      await controls.getByRole('button', { name: 'Step' }).click();
      await reaches('one step more', (step) => step === paused + 1);
      await controls.getByRole('button', { name: 'Continue' }).click();
      await reaches('further steps', (step) => step > paused + 1);
      await dashboard.getByRole('button', { name: '3 changes' }).click();
      const changes = dashboard.getByRole('region', { name: 'What was changed during the run' });
      await changes
        .getByText(`step ${(paused + 1).toLocaleString('en-US')},`)
        .first()
        .waitFor();
      assert.equal(await changes.getByRole('listitem').count(), 3);
    },

    async 'the lens Stop ends the run'() {
      await window.lens('Stop').click();
      await window.lens(/^Train$/).waitFor();
      await window.status('long').waitFor({ state: 'detached' });
      await dashboardSays(/stopped/);
    },

    async 'a run that finished is exported to a file that the command line validates'() {
      await window.openFile('quick.bn.yaml');
      await window.lens(/^Train$/).click();
      await dashboardSays(/finished/);
      await window.command('BatchNorm: Export ONNX Model');
      const file = await saveAsProposed('quick');
      await window.notification(/Exported quick\.onnx\. onnxruntime.* agrees/).waitFor();
      assert.ok(existsSync(file));
      const args = [join(repository, 'dist', 'cli.js'), 'validate', file];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      assert.equal(status, 0, stdout + stderr);
    },

    async 'Show Report turns the dashboard to the report of the file in the editor, and Live back'() {
      await window.command('BatchNorm: Show Report');
      const dashboard = await window.dashboard();
      await dashboard.locator('.report-body').getByRole('heading', { name: /quick/ }).waitFor();
      await dashboard.getByRole('button', { name: 'Live' }).click();
      await dashboard.getByRole('group', { name: 'Loss', exact: true }).waitFor();
    },

    async 'the run of another file is shown beside it, chosen by its name'() {
      const dashboard = await window.dashboard();
      await dashboard.getByRole('button', { name: 'Compare…' }).click();
      await dashboard.getByText(/^long #1$/).click();
      await dashboard.getByRole('searchbox').fill('long base');
      await dashboard.getByRole('checkbox', { name: 'base' }).check();
      await dashboard.locator('.chip', { hasText: 'base · long #1' }).waitFor();
      await dashboard.getByRole('searchbox').press('Escape');
    },

    async 'the dashboard has lost nothing when it is hidden and shown again'() {
      const before = await wholeText();
      await hideAndShow(/^quick$/);
      await until('the same text', async () => (await wholeText()) === before);
    },

    async 'results that cannot be written are told, and can be exported nevertheless'() {
      await openCopy('homeless');
      await window.lens(/^Train$/).click();
      await until('some steps of it', someStepsOf('homeless'));
      const folder = join(workspace, 'runs', 'homeless');
      await rm(folder, { recursive: true });
      await writeFile(folder, 'where its results were to go');
      await window.lens('Stop').click();
      const told = window.notification(/The results of homeless are not saved/);
      await told.waitFor();
      await dashboardSays(/results\u00a0not\u00a0saved/);
      await told.getByRole('button', { name: 'Export' }).click();
      await saveAsProposed('homeless');
      await window.notification(/Exported homeless\.onnx\. onnxruntime.* agrees/).waitFor();
    },

    async 'a crash of the sidecar is told, its run failed, and training works again'() {
      await page.locator('.tab', { hasText: 'long.bn.yaml' }).click();
      await window.lens(/^Train$/).click();
      await window.status(/long: [\d,]+/).waitFor();
      killSidecar();
      await window.notification(/ended unexpectedly.*The run of long failed at step/).waitFor();
      await window.status('long: failed').waitFor();
      await dashboardSays(/failed/);
      const text = await wholeText();
      await hideAndShow(/^long$/);
      await until('the same text', async () => (await wholeText()) === text);

      await page.locator('.tab', { hasText: 'long.bn.yaml' }).click();
      await window.command('BatchNorm: Train Network');
      await window.status(/long: [\d,]+\//).waitFor();
      await window.command('BatchNorm: Stop Training');
      await window.lens(/^Train$/).waitFor();
    },

    async 'a window that is reloaded during a run shows the run as far as it got'() {
      await openCopy('reloaded');
      await window.lens(/^Train$/).click();
      await until('some steps of it', someStepsOf('reloaded'));
      const reached = stepIn(await dashboardText())!;
      await page.reload();
      await until('the run again', async () => {
        const text = await dashboardText();
        return /reloaded.*stopped/s.test(text) && (stepIn(text) ?? 0) >= reached;
      });
    },

    async 'what a run of an earlier session has trained is exported'() {
      await (await window.dashboard()).getByRole('button', { name: 'Export' }).click();
      const file = await saveAsProposed('reloaded');
      await window.notification(/Exported reloaded\.onnx\. onnxruntime.* agrees/).waitFor();
      assert.ok(existsSync(file));
    },

    async 'what only the memory of an earlier session held is told to be gone'() {
      // Beside the dashboard: a window that is reloaded may be some seconds behind in what it remembers of its tabs.
      await page.locator('.tab', { hasText: 'long.bn.yaml' }).click();
      await window.command('New Network File');
      await until('the snippet', () => page.locator('.view-line', { hasText: 'network:' }).count());
      await page.keyboard.press('Escape');
      await window.command('BatchNorm: Train Network');
      await dashboardSays(/Untitled-1.*finished/s);
      await page.reload();
      await dashboardSays(/Untitled-1.*finished/s);
      await (await window.dashboard()).getByRole('button', { name: 'Export' }).click();
      await window.notification(/results of Untitled-1 were in memory alone/).waitFor();
    },
  };
}
