/**
 * Runs the suite inside VS Code's extension host: in the VS Code named by VSCODE_EXECUTABLE through test-electron,
 * otherwise in the VS Code server, with the workbench in a headless browser.
 */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { findBrowser } from './browser.ts';
import { repository, workFolder } from './install.ts';
import type { TestResult } from './result.ts';
import { newProfile, startTestServer } from './server.ts';
import { newWorkspace } from './workspace.ts';

const bundle = join(workFolder, 'suite', 'index.cjs');
const results = join(workFolder, 'suite', 'results.json');

export async function runSuite(): Promise<TestResult[]> {
  await build({
    entryPoints: [join(import.meta.dirname, 'suite', 'index.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
    logLevel: 'error',
  });
  await rm(results, { force: true });
  const workspace = await newWorkspace('suite');
  const executable = process.env.VSCODE_EXECUTABLE;
  const output = await (executable === undefined
    ? runInServer(workspace)
    : runOnDesktop(executable, workspace));
  if (existsSync(results)) return JSON.parse(await readFile(results, 'utf8')) as TestResult[];
  return [{ name: 'extension host: the suite runs', passed: false, error: output }];
}

/** Both ways return what VS Code printed, which matters only when it printed no results. */
async function runOnDesktop(vscodeExecutablePath: string, workspace: string): Promise<string> {
  return runTests({
    vscodeExecutablePath,
    extensionDevelopmentPath: repository,
    extensionTestsPath: bundle,
    launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust'],
  }).then(String, String);
}

async function runInServer(workspace: string): Promise<string> {
  const output: string[] = [];
  const server = await startTestServer(await newProfile('suite'));
  const browser = await chromium.launch(await findBrowser());
  try {
    const page = await browser.newPage();
    const { promise: exited, resolve } = Promise.withResolvers<void>();
    await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) =>
      output.push(`${type}: ${args.join(' ')}`),
    );
    await page.exposeFunction('codeAutomationExit', () => resolve());
    const remote = (path: string) => `vscode-remote://${server.address}${path}`;
    const payload = JSON.stringify([
      ['extensionDevelopmentPath', remote(repository)],
      ['extensionTestsPath', remote(bundle)],
      ['skipWelcome', 'true'],
    ]);
    const query = new URLSearchParams({ folder: workspace, payload });
    await page.goto(`http://${server.address}/?${query}`);
    await exited;
    return output.join('\n');
  } finally {
    await browser.close();
    await server.stop();
  }
}
