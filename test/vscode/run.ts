/**
 * All that is tested in a real VS Code: highlighting by its tokenizer, the suite in its extension host, then the
 * packaged extension as a person uses it.
 */
import { grammarTests } from './grammar.ts';
import { runInOrder, type TestResult } from './result.ts';
import { runAsPerson } from './run-person.ts';
import { runSuite } from './run-suite.ts';

/** Runs everything, prints each test as it is known, and returns what came of them. */
export async function runInVsCode(): Promise<TestResult[]> {
  const grammar = await runInOrder('grammar', grammarTests, print);
  const suite = await runSuite();
  for (const result of suite) print(result);
  return [...grammar, ...suite, ...(await runAsPerson(print))];
}

function print({ name, passed, error }: TestResult): void {
  console.log(`${passed ? '✔' : '✖'} ${name}`);
  if (error !== undefined) console.log(error.replace(/^/gm, '    '));
}

if (import.meta.main) {
  const results = await runInVsCode();
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
}
