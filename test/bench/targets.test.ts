import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measurement } from '../../bench/measure.ts';
import { judge, judgeRates } from '../../bench/targets.ts';

const measured = (
  engine: Measurement['engine'],
  variant: string,
  threads: number,
  minimum: number | null,
): Measurement => ({
  ...{ work: 'a', engine, variant, threads, minimum, median: minimum, rounds: 3, versions: {} },
});

const measurements = [
  measured('ours', 'relaxed', 1, 0.5),
  measured('ours', 'relaxed', 2, 0.3),
  measured('ours', 'simd', 1, 0.7),
  measured('ours', 'quiet', 1, 1),
  measured('ours', 'dashboard', 1, 1.02),
  measured('pytorch', 'nchw', 1, 0.8),
  measured('pytorch', 'nchw', 2, 0.6),
  measured('tfjs', 'wasm', 1, 15),
  measured('tfjs', 'cpu', 1, null),
];

test('targets are judged by the least times, PyTorch by its best whatever its threads', () => {
  const verdicts = new Map(judge(measurements, 2).map((each) => [each.target, each]));
  const value = (target: string) => {
    const verdict = verdicts.get(target);
    assert.ok(verdict, `${target} among ${[...verdicts.keys()].join('; ')}`);
    return [verdict.value?.toPrecision(4) ?? null, verdict.reached];
  };
  assert.deepEqual(value('(a) with 1 thread, over PyTorch’s best'), ['0.8333', true]);
  assert.deepEqual(value('(a) with 2 threads, over PyTorch’s best'), ['0.5000', true]);
  assert.deepEqual(value('(a) with 1 thread, times faster than tfjs-wasm'), ['30.00', true]);
  assert.deepEqual(value('(a) plain SIMD over relaxed, 1 thread'), ['1.400', false]);
  assert.deepEqual(value('(a) with a dashboard open over statistics off, 1 thread'), [
    '1.020',
    true,
  ]);
  assert.deepEqual(value('(b) with 1 thread, times faster than tfjs-cpu'), [null, null]);
});

test('a machine of one core is judged by one thread alone, each target once', () => {
  const targets = judge(measurements, 1).map(({ target }) => target);
  assert.equal(new Set(targets).size, targets.length);
  assert.deepEqual(
    targets.filter((target) => /\d threads,/.test(target)),
    [],
  );
});

test('a whole step is judged by its share of the best kernel’s speed', () => {
  const rates = [
    { work: 'a', whole: 30, best: 50 },
    { work: 'b', whole: 40, best: 50 },
  ];
  assert.deepEqual(
    judgeRates(rates).map(({ value, reached }) => [value, reached]),
    [
      [0.6, false],
      [0.8, true],
    ],
  );
});
