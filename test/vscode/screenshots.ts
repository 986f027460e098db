/**
 * Pictures of the packaged extension in three themes, into `.vscode-test/screenshots/`; two of the dark ones are also
 * the README's. `node test/vscode/screenshots.ts models` takes those of one scene.
 */
import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { packageExtension } from '../../extension/packaging/package.ts';
import { repository, workFolder } from './install.ts';
import { Window } from './person/window.ts';
import { installExtension, newProfile, type Profile } from './server.ts';
import { until } from './until.ts';
import { newWorkspace } from './workspace.ts';

const themes = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  'high-contrast': 'Default High Contrast',
};

/** What explains a layer, by the name of its picture. */
const sections = {
  saturation: 'Why sigmoid3 saturates',
  shift: 'How far the input of dense3 shifts',
  units: 'Every unit of batchnorm3',
};

const folder = join(workFolder, 'screenshots');

interface Place {
  readonly profile: Profile;
  readonly workspace: string;
  /** Saves what the window shows. */
  shoot(window: Window, what: string): Promise<unknown>;
}

async function takePictures(vsix: string, name: string, theme: string): Promise<void> {
  const profile = await newProfile(`screenshots-${name}`, {
    'workbench.colorTheme': theme,
    'workbench.layoutControl.enabled': false,
    'editor.minimap.enabled': false,
    // Nothing is caught half faded in.
    'workbench.reduceMotion': 'on',
    'workbench.editor.doubleClickTabToToggleEditorGroupSizes': 'maximize',
  });
  await installExtension(vsix, profile);
  const workspace = await newWorkspace('screenshots');
  await cp(join(repository, 'examples', 'mnist.bn.yaml'), join(workspace, 'mnist.bn.yaml'));
  const shoot = ({ page }: Window, what: string) =>
    page.screenshot({ path: join(folder, `${name}-${what}.png`) });
  for (const scene of chosen) await scenes[scene].take({ profile, workspace, shoot });
}

/** An example while it trains: beside its file, the hover, the dashboard alone, and what explains its layers. */
async function trainExample({ profile, workspace, shoot }: Place): Promise<void> {
  const window = await Window.open(profile, workspace, ['--disable-workspace-trust']);
  const { page } = window;
  await window.openFile('mnist.bn.yaml');
  await window.command('View: Toggle Primary Side Bar Visibility');
  await window.lens('Train All Variants').click();
  const dashboard = await window.dashboard();
  await until(
    'a variant half way',
    async () => {
      const text = (await dashboard.locator('body').textContent()) ?? '';
      return /step 1,\d\d\d/.test(text);
    },
    120,
  );
  await shoot(window, 'window');
  await window.hover('batchnorm');
  await shoot(window, 'hover');
  await page.mouse.move(5, 5);
  await showAlone(window, dashboard, 'mnist');
  await settled(dashboard);
  await shoot(window, 'dashboard');
  for (const [what, section] of Object.entries(sections)) {
    const opener = dashboard.getByRole('button', { name: section, exact: true });
    await opener.click();
    await opener.evaluate((button) => button.closest('.row')!.scrollIntoView({ block: 'start' }));
    await settled(dashboard);
    await shoot(window, what);
    await opener.click();
  }
  await window.close();
}

/** Two runs of a network whose statistics lag: compared, paused, what was found about it, and the report. */
async function repairTrouble({ profile, workspace, shoot }: Place): Promise<void> {
  const window = await Window.open(profile, workspace, ['--disable-workspace-trust']);
  await window.openFile('trouble.bn.yaml');
  await window.command('View: Toggle Primary Side Bar Visibility');
  await window.lens('Train All Variants').click();
  const dashboard = await window.dashboard();
  const press = (name: string | RegExp) => dashboard.getByRole('button', { name }).first().click();
  const says = (pattern: RegExp) =>
    until(
      `${pattern} in the dashboard`,
      async () => pattern.test(await dashboard.locator('body').innerText()),
      120,
    );
  await showAlone(window, dashboard, 'trouble');
  await says(/\d findings?/);
  await press('Stop');
  await says(/stopped\s·/);
  await press('Train');
  await says(/training\s·\sstep/);
  await press('Compare…');
  await dashboard.getByRole('searchbox').fill('#1 base');
  await dashboard.getByRole('checkbox', { name: 'base' }).check();
  await says(/base · #1/);
  await dashboard.getByRole('searchbox').fill('');
  await says(/\d findings?/);
  await settled(dashboard);
  await shoot(window, 'comparison');
  await press('Compare…');
  await press('Pause');
  await says(/paused\s·\sstep/);
  await settled(dashboard);
  await shoot(window, 'paused');
  await press(/\d findings?/);
  await dashboard.locator('.findings summary').first().click();
  await settled(dashboard);
  await shoot(window, 'findings');
  await press(/\d findings?/);
  await press('Report');
  await dashboard.locator('.report-body h1').waitFor();
  await settled(dashboard);
  await shoot(window, 'report');
  await press('Stop');
  await window.close();
}

/** A model of ours in its editor from top to bottom, one of its batch normalizations, and a file that is none. */
async function inspectModels({ profile, workspace, shoot }: Place): Promise<void> {
  const window = await Window.open(profile, workspace, ['--disable-workspace-trust']);
  const { page } = window;
  await window.openFile('quick.bn.yaml');
  await window.lens(/^Train$/).click();
  const dashboard = await window.dashboard();
  await until('a finished run', async () =>
    /finished/.test((await dashboard.locator('body').textContent()) ?? ''),
  );
  await window.command('BatchNorm: Export ONNX Model');
  await page.locator('.quick-input-list .monaco-list-row').first().waitFor();
  await shoot(window, 'export');
  await window.pick('Export with Defaults');
  await window.saveAs(join(workspace, 'quick.onnx'));
  await window.notification(/Exported quick\.onnx/).waitFor();
  await shoot(window, 'exported');
  await window.command('Notifications: Clear All Notifications');
  await window.command('View: Close All Editors');
  await window.openFile('quick.onnx');
  await window.command('View: Toggle Primary Side Bar Visibility');
  const model = await window.model('quick.onnx');
  await settled(model);
  await shoot(window, 'model');
  const opener = model.locator('h3').getByRole('button', { name: 'batchnorm1', exact: true });
  await opener.click();
  for (const [what, part] of [
    ['channels', 'batchnorms'],
    ['graph', 'graph'],
    ['tensors', 'tensors'],
  ]) {
    await model
      .locator(`[data-part="${part}"]`)
      .evaluate((each) => each.scrollIntoView({ block: 'start' }));
    await settled(model);
    await shoot(window, `model-${what}`);
  }
  await window.command('View: Toggle Primary Side Bar Visibility');
  await writeFile(join(workspace, 'broken.onnx'), 'this is no model');
  await window.openFile('broken.onnx');
  await window.command('View: Toggle Primary Side Bar Visibility');
  await settled(await window.model('broken.onnx'));
  await shoot(window, 'model-broken');
  await window.close();
}

/** The dashboard over the whole window, in place of beside its file. */
async function showAlone({ page }: Window, dashboard: Frame, name: string): Promise<void> {
  // By its tab: a command would go to whichever group has the focus, which the dashboard's page takes for itself.
  await page.locator('.tab', { hasText: new RegExp(`^${name}$`) }).dblclick();
  await until('the dashboard alone', async () => {
    const charts = dashboard.locator('.charts').first();
    const file = page.locator('.tab', { hasText: `${name}.bn.yaml` });
    return ((await charts.boundingBox())?.width ?? 0) > 900 && !(await file.isVisible());
  });
}

/** Resolves when the page has had the frames that it takes to draw what is new in sight. */
async function settled(dashboard: Frame): Promise<void> {
  await dashboard.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    for (let drawn = 0; drawn < 30; drawn++) await frame();
  });
}

/** What there are pictures of; the dark one that is published, and under which name. */
const scenes = {
  training: { take: trainExample, published: ['window', 'screenshot.png'] },
  trouble: { take: repairTrouble, published: null },
  models: { take: inspectModels, published: ['model-channels', 'model-editor.png'] },
} as const;
type SceneName = keyof typeof scenes;

const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in scenes));
if (unknown.length > 0)
  throw new Error(`expected ${Object.keys(scenes).join(', ')}, found ${unknown.join(', ')}`);
const chosen = (named.length > 0 ? named : Object.keys(scenes)) as SceneName[];
await mkdir(folder, { recursive: true });
const vsix = await packageExtension();
for (const [name, theme] of Object.entries(themes)) await takePictures(vsix, name, theme);
for (const name of chosen) {
  const { published } = scenes[name];
  if (published === null) continue;
  const [what, as] = published;
  await copyFile(join(folder, `dark-${what}.png`), join(repository, 'extension', 'media', as));
}
console.log(`Pictures are in ${folder}`);
