/** Iris and the generated sets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../../sidecar/data/error.ts';
import { loadData } from '../../sidecar/data/load.ts';
import type { DataSource, Examples } from '../../sidecar/network/types.ts';

const base = { test: 0.2, validation: 0, seed: 1 };

type Synthetic = Extract<DataSource, { kind: 'spirals' | 'moons' | 'circles' }>;
const plane = (kind: Synthetic['kind'], changes: Partial<Synthetic> = {}) =>
  loadData({ kind, examples: 400, noise: 0, classes: 2, ...base, ...changes } as Synthetic, '/');

interface Labelled {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

const points = ({ count, inputs, targets }: Examples): Labelled[] =>
  Array.from({ length: count }, (_, i) => ({
    x: inputs[2 * i],
    y: inputs[2 * i + 1],
    label: targets[i],
  }));

test('iris has 150 flowers, 50 of each species, with the known means', async () => {
  const { train, validation, test, summary, featureNames } = await loadData(
    { kind: 'iris', ...base, validation: 0.1 },
    '/',
  );
  assert.deepEqual(summary.classes, ['setosa', 'versicolor', 'virginica']);
  assert.deepEqual(featureNames, ['sepal length', 'sepal width', 'petal length', 'petal width']);
  assert.deepEqual([train.count, validation!.count, test.count], [105, 15, 30]);
  const parts = [train, validation!, test];
  for (const part of parts) {
    for (const species of [0, 1, 2]) {
      assert.equal(part.targets.filter((target) => target === species).length, part.count / 3);
    }
  }
  const rounded = [0, 1, 2, 3].map((feature) => {
    const values = parts.flatMap(({ inputs }) => [...inputs].filter((_, i) => i % 4 === feature));
    return (values.reduce((sum, x) => sum + x, 0) / 150).toFixed(2);
  });
  assert.deepEqual(rounded, ['5.84', '3.06', '3.76', '1.20']);
});

test('without noise the moons lie on their half circles', async () => {
  const { train, test } = await plane('moons');
  for (const { x, y, label } of [...points(train), ...points(test)]) {
    const [centreX, centreY, side] = label === 0 ? [0, 0, 1] : [1, 0.5, -1];
    assert.ok(Math.abs(Math.hypot(x - centreX, y - centreY) - 1) < 1e-5);
    assert.ok((y - centreY) * side >= -1e-6);
  }
});

test('without noise the circles have radius 1 and 1/2', async () => {
  const { train } = await plane('circles');
  for (const { x, y, label } of points(train)) {
    assert.ok(Math.abs(Math.hypot(x, y) - (label === 0 ? 1 : 0.5)) < 1e-5);
  }
});

test('without noise every spiral’s point lies on the arm of its class', async () => {
  for (const classes of [2, 3, 5]) {
    const { train, summary } = await plane('spirals', { classes });
    assert.equal(summary.classes?.length, classes);
    for (const { x, y, label } of points(train)) {
      const radius = Math.hypot(x, y);
      assert.ok(radius <= 1);
      const angle = 2 * Math.PI * ((3.5 / classes) * radius + label / classes);
      assert.ok(Math.abs(x - radius * Math.cos(angle)) < 1e-4);
      assert.ok(Math.abs(y - radius * Math.sin(angle)) < 1e-4);
    }
  }
});

test('noise has the deviation asked for', async () => {
  const { train } = await plane('circles', { examples: 20_000, noise: 0.05 });
  const errors = points(train).map(({ x, y, label }) => Math.hypot(x, y) - (label === 0 ? 1 : 0.5));
  const deviation = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);
  assert.ok(Math.abs(deviation - 0.05) < 0.002, `deviation ${deviation}`);
});

for (const kind of ['spirals', 'moons', 'circles'] as const) {
  test(`${kind} come in equal classes, the same for the same seed`, async () => {
    const data = await plane(kind, { examples: 101, noise: 0.1 });
    assert.deepEqual(data.summary.input, [2]);
    assert.equal(data.train.count + data.test.count, 101);
    const ones = [data.train, data.test].flatMap(({ targets }) => [...targets].filter(Boolean));
    assert.equal(ones.length, 50);
    assert.deepEqual(await plane(kind, { examples: 101, noise: 0.1 }), data);
    const other = await plane(kind, { examples: 101, noise: 0.1, seed: 2 });
    assert.notDeepEqual(other.train.inputs, data.train.inputs);
    assert.notEqual(other.hash, data.hash);
  });

  test(`${kind} are the same points however they are split`, async () => {
    const whole = async (test: number) => {
      const data = await plane(kind, { noise: 0.1, test });
      const all = [...points(data.train), ...points(data.test)].map(({ x, y }) => `${x} ${y}`);
      return { all: all.sort(), hash: data.hash };
    };
    assert.deepEqual(await whole(0.5), await whole(0.1));
  });
}

for (const [title, kind, changes, message] of [
  ['no examples', 'moons', { examples: 0 }, 'moons: expected from 2 to 1000000 examples, found 0'],
  [
    'too many',
    'moons',
    { examples: 1e9 },
    'moons: expected from 2 to 1000000 examples, found 1000000000',
  ],
  ['negative noise', 'circles', { noise: -1 }, 'circles: expected a noise of 0 or more, found -1'],
  ['one spiral', 'spirals', { classes: 1 }, 'spirals: expected from 2 to 100 classes, found 1'],
  ['three moons', 'moons', { classes: 3 }, 'moons: expected 2 classes, found 3'],
  [
    'more spirals than points',
    'spirals',
    { classes: 9, examples: 8 },
    'spirals: expected at least one example for each of 9 classes, found 8',
  ],
] as const) {
  test(`refuses ${title}`, async () => {
    await assert.rejects(plane(kind, changes), (error: unknown) => {
      assert.ok(error instanceof DataError);
      assert.match(error.message, /; change (examples|noise|classes) under data$/);
      assert.equal(error.message.split(';')[0], message);
      return true;
    });
  });
}
