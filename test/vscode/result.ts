/** Tests by name, and what came of them, whichever process ran them. */

export type Tests = Readonly<Record<string, () => Promise<void>>>;

export interface TestResult {
  readonly name: string;
  readonly passed: boolean;
  readonly error?: string;
}

/** Runs the tests one after the other, since they share a window. */
export async function runInOrder(
  group: string,
  tests: Tests,
  report: (result: TestResult) => void = () => {},
): Promise<TestResult[]> {
  const results: TestResult[] = [];
  for (const [name, test] of Object.entries(tests)) {
    const error = await test().then(
      () => undefined,
      (failure: unknown) => String((failure as Error)?.stack ?? failure),
    );
    const result = { name: `${group}: ${name}`, passed: error === undefined, error };
    results.push(result);
    report(result);
  }
  return results;
}
