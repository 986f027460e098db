/** Percentiles over units against sorting and interpolating in float64. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { createArenas } from '../../sidecar/engine/arena.ts';
import { createBands, planBands } from '../../sidecar/engine/bands.ts';
import { bindCalls, instantiateKernels, type Kernels } from '../../sidecar/engine/kernels.ts';
import { createTables } from '../../sidecar/engine/plan/tables.ts';
import { readStatistics, type StatisticsField } from '../../sidecar/engine/statistics.ts';
import { batchnorm, dense, examplesFor, networkOf } from './networks.ts';
import { createSession } from './session.ts';

const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
const floats = new Float32Array(memory.buffer);
const builds: Kernels[] = [];

before(async () => {
  for (const build of ['simd', 'relaxed'] as const) {
    builds.push(await instantiateKernels(memory, build));
  }
});

/** Three numbers for each quantity, which both builds agree on; what lies behind a quantity's end is NaN. */
function bandsOf(...quantities: readonly ArrayLike<number>[]): number[][] {
  const arenas = createArenas();
  const statistics = arenas.for('statistics');
  const fields: StatisticsField[] = [];
  let length = 0;
  for (const [i, values] of quantities.entries()) {
    const field = { layer: `dense${i}`, quantity: 'outputMean', offset: length } as const;
    fields.push({ ...field, length: values.length });
    length += Math.ceil(values.length / 8) * 8;
  }
  const layout = { fields, staging: statistics.allocate(4 * length) };
  const tables = createTables(statistics);
  const plan = planBands(layout, tables.place, statistics);
  floats.fill(Number.NaN, 1024);
  for (const { offset, values } of tables.placed) new Int32Array(memory.buffer, offset).set(values);
  quantities.forEach((values, i) => {
    floats.set(values, layout.staging / 4 + fields[i].offset);
  });
  const [simd, relaxed] = builds.map((kernels) => {
    const bands = createBands(memory, plan, bindCalls(kernels, [plan.call]));
    return Array.from(bands());
  });
  assert.deepEqual(relaxed, simd);
  return quantities.map((_, i) => simd.slice(3 * i, 3 * i + 3));
}

/** The judge, rounded to float32 as the kernel's are. */
function percentiles(values: ArrayLike<number>): number[] {
  const sorted = Float64Array.from(values, Math.fround).sort();
  return [0.15, 0.5, 0.85].map((share) => {
    const position = share * (sorted.length - 1);
    const below = Math.floor(position);
    if (position === below) return sorted[below];
    return Math.fround(sorted[below] + (position - below) * (sorted[below + 1] - sorted[below]));
  });
}

test('the band of 0..100 is 15, 50, 85, in any order', () => {
  const values = Array.from({ length: 101 }, (_, index) => (index * 37) % 101);
  assert.deepEqual(bandsOf(values), [[15, 50, 85]]);
});

test('between order statistics it interpolates linearly, as numpy.percentile does', () => {
  // numpy.percentile([1, 2, 4, 8], [15, 50, 85]) = 1.45, 3, 6.2
  assert.deepEqual(bandsOf([8, 1, 4, 2]), [[1.45, 3, 6.2].map(Math.fround)]);
});

test('one unit is its own band', () => assert.deepEqual(bandsOf([3]), [[3, 3, 3]]));

test('NaN anywhere makes the band NaN and no other, infinity does not', () => {
  const nan = [Number.NaN, Number.NaN, Number.NaN];
  const numbers = [5, 1, 3];
  for (let place = 0; place < 3; place++) {
    const unknown = numbers.with(place, Number.NaN);
    assert.deepEqual(bandsOf(unknown, numbers), [nan, percentiles(numbers)]);
    assert.deepEqual(bandsOf(numbers, [2], unknown), [percentiles(numbers), [2, 2, 2], nan]);
  }
  const infinite = [Number.POSITIVE_INFINITY, 1, 2, 3, 4, 5, 6, 7, Number.NEGATIVE_INFINITY];
  assert.deepEqual(bandsOf(infinite)[0][1], 4);
});

test('quantities of every length up to 40 side by side', () => {
  const quantities = Array.from({ length: 40 }, (_, i) =>
    Array.from({ length: i + 1 }, (_, j) => Math.fround(Math.sin(7 * i + 3 * j * j))),
  );
  assert.deepEqual(bandsOf(...quantities), quantities.map(percentiles));
});

test('any quantities, equal values and signed zeros among them', () => {
  const value = fc.oneof(
    fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
    fc.integer({ min: -2, max: 2 }),
  );
  const quantity = fc.array(value, { minLength: 1, maxLength: 150 });
  fc.assert(
    fc.property(fc.array(quantity, { minLength: 1, maxLength: 9 }), (quantities) => {
      // Adding 0 makes the zeros alike.
      const alike = (bands: number[][]) => bands.map((band) => band.map((x) => x + 0));
      assert.deepEqual(alike(bandsOf(...quantities)), alike(quantities.map(percentiles)));
    }),
  );
});

test('a trainer’s bands are those of the statistics it has published', async () => {
  const layers = [dense(19, false), batchnorm(), { kind: 'sigmoid' } as const, dense(5)];
  const network = networkOf(7, layers, { batchSize: 6 });
  const { trainer, plan, memory } = await createSession(network, examplesFor(network, 24));
  for (let step = 0; step < 3; step++) {
    trainer.step();
    const { values } = readStatistics(memory, plan)!;
    const expected = plan.statistics.fields.flatMap(({ offset, length }) =>
      percentiles(values.subarray(offset, offset + length)),
    );
    assert.deepEqual(Array.from(trainer.bands()), expected);
  }
});

test('fields that are the same numbers have the same band', () => {
  const arenas = createArenas();
  const arena = arenas.for('statistics');
  const field = { layer: 'dense1', quantity: 'outputMean', offset: 0, length: 9 } as const;
  const fields = [field, { ...field, offset: 16, length: 3 }, { ...field, layer: 'batchnorm1' }];
  const { resultOf, call } = planBands({ fields, staging: 4096 }, createTables(arena).place, arena);
  assert.deepEqual(resultOf, [0, 1, 0]);
  assert.equal(call.args[1], 2);
});
