/**
 * Pictures of the packaged extension while it trains, in three themes, into `.vscode-test/screenshots/`; the dark one
 * of the whole window is also the README's.
 */
import { copyFile, cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { packageExtension } from '../../extension/packaging/package.ts';
import { repository, workFolder } from './install.ts';
import { Window } from './person/window.ts';
import { installExtension, newProfile } from './server.ts';
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
  const window = await Window.open(profile, workspace, ['--disable-workspace-trust']);
  const { page } = window;
  const shoot = (what: string) => page.screenshot({ path: join(folder, `${name}-${what}.png`) });

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
  await shoot('window');
  await window.hover('batchnorm');
  await shoot('hover');
  await page.mouse.move(5, 5);
  // By its tab: a command would go to whichever group has the focus, which the dashboard's page takes for itself.
  await page.locator('.tab', { hasText: /^mnist$/ }).dblclick();
  await until('the dashboard alone', async () => {
    const charts = dashboard.locator('.charts').first();
    const file = page.locator('.tab', { hasText: 'mnist.bn.yaml' });
    return ((await charts.boundingBox())?.width ?? 0) > 900 && !(await file.isVisible());
  });
  await settled(dashboard);
  await shoot('dashboard');
  await page.mouse.move(5, 5);
  await dashboard.getByRole('region', { name: 'Depth', exact: true }).scrollIntoViewIfNeeded();
  await shoot('depth');
  for (const [what, section] of Object.entries(sections)) {
    const opener = dashboard.getByRole('button', { name: section, exact: true });
    await opener.click();
    await opener.evaluate((button) => button.closest('.row')!.scrollIntoView({ block: 'start' }));
    await settled(dashboard);
    await shoot(what);
    await opener.click();
  }
  await window.close();
}

/** Resolves when the page has had the frames that it takes to draw what is new in sight. */
async function settled(dashboard: Frame): Promise<void> {
  await dashboard.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    for (let drawn = 0; drawn < 30; drawn++) await frame();
  });
}

await mkdir(folder, { recursive: true });
const vsix = await packageExtension();
for (const [name, theme] of Object.entries(themes)) await takePictures(vsix, name, theme);
await copyFile(
  join(folder, 'dark-window.png'),
  join(repository, 'extension', 'media', 'screenshot.png'),
);
console.log(`Pictures are in ${folder}`);
