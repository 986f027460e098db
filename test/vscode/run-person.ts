/** Installs the packaged extension into VS Code and uses it as a person does. */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageExtension } from '../../extension/packaging/package.ts';
import { packageTests } from './package-content.ts';
import { modelTests } from './person/models.ts';
import { restrictedTests } from './person/restricted.ts';
import { trainingTests } from './person/training.ts';
import { Window } from './person/window.ts';
import { runInOrder, type TestResult } from './result.ts';
import { installExtension, newProfile } from './server.ts';
import { newWorkspace } from './workspace.ts';

export async function runAsPerson(report: (result: TestResult) => void): Promise<TestResult[]> {
  const profile = await newProfile('person');
  await installExtension(await packageExtension(), profile);
  const content = await runInOrder('VSIX', packageTests, report);

  const workspace = await newWorkspace('person');
  const trusted = await Window.open(profile, workspace, ['--disable-workspace-trust']);
  const training = await runInOrder('VSIX', trainingTests(trusted, workspace), report).finally(() =>
    trusted.close(),
  );

  const place = await newWorkspace('models');
  // There from the start: an explorer that is just being reloaded may miss a new file.
  await writeFile(join(place, 'broken.onnx'), 'this is no model');
  const exporting = await Window.open(profile, place, ['--disable-workspace-trust']);
  const models = await runInOrder('VSIX', modelTests(exporting, place), report).finally(() =>
    exporting.close(),
  );

  const untrusted = await newWorkspace('restricted');
  await copyFile(join(place, 'defaults.onnx'), join(untrusted, 'foreign.onnx'));
  const restricted = await Window.open(profile, untrusted, []);
  const withoutTrust = await runInOrder('VSIX', restrictedTests(restricted), report).finally(() =>
    restricted.close(),
  );
  return [...content, ...training, ...models, ...withoutTrust];
}
