/**
 * The suite that runs inside VS Code's extension host. VS Code calls `run`; what came of each test is written beside
 * the bundle, since all that VS Code itself reports is one exit code.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInOrder } from '../result.ts';
import { editingTests } from './editing.ts';
import { manifestTests } from './manifest.ts';
import { modelTests } from './models.ts';
import { trainingTests } from './training.ts';

export async function run(): Promise<void> {
  const tests = { ...manifestTests, ...editingTests, ...modelTests, ...trainingTests };
  const results = await runInOrder('extension host', tests);
  writeFileSync(join(__dirname, 'results.json'), JSON.stringify(results));
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length > 0) throw new Error(`${failed.length} of ${results.length} tests failed`);
}
