/**
 * The test command: static checks, unit tests, then the suites in a real VS Code. Every check counts as one test.
 * Ends with one line `N passed, N failed`. `node test/run.ts unit [file…]` runs only the unit tests.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { runInVsCode } from './vscode/run.ts';

// Of onnxruntime in tests that load it themselves: no test tells its maker of anything.
process.env.ORT_DISABLE_TELEMETRY = '1';

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const checks: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'lint and format', command: ['biome', 'ci', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  {
    name: 'one-way imports',
    command: [
      'depcruise',
      '--config',
      '.dependency-cruiser.json',
      'extension',
      'sidecar',
      'webview-ui',
    ],
  },
  { name: 'no dead code', command: ['knip'] },
];

function runCheck(name: string, command: readonly string[]): boolean {
  console.log(`\n▶ ${name}: ${command.join(' ')}`);
  const { status } = spawnSync(command[0], command.slice(1), { stdio: 'inherit' });
  console.log(status === 0 ? `✔ ${name}` : `✖ ${name}`);
  return status === 0;
}

/** Runs test files, each in a process of its own, and adds what they report to the tally. */
async function runUnitTests(files: string[], tally: Tally): Promise<void> {
  const stream = run({ files, concurrency: availableParallelism() });
  const isTest = (event: { details: { type?: string } }) => event.details.type !== 'suite';
  stream.on('test:pass', (event) => {
    if (!isTest(event)) return;
    if (event.skip) tally.skipped += 1;
    else tally.passed += 1;
  });
  stream.on('test:fail', (event) => {
    if (isTest(event)) tally.failed += 1;
  });
  for await (const text of stream.compose(new spec())) process.stdout.write(text);
}

const [mode, ...only] = process.argv.slice(2);
const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
if (mode !== 'unit') {
  for (const { name, command } of checks) {
    if (runCheck(name, command)) tally.passed += 1;
    else tally.failed += 1;
  }
}
const files =
  only.length > 0 ? only : globSync(['test/*.test.ts', 'test/!(vscode)/**/*.test.ts']).sort();
await runUnitTests(files, tally);
if (mode !== 'unit') {
  for (const { passed } of await runInVsCode()) {
    if (passed) tally.passed += 1;
    else tally.failed += 1;
  }
}
if (tally.skipped > 0) console.log(`\n${tally.skipped} skipped, each with its reason above`);
console.log(`\n${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed > 0 || tally.passed === 0 ? 1 : 0;
