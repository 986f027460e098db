import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import type { CsvSource } from '../../sidecar/data/csv.ts';
import { loadData } from '../../sidecar/data/load.ts';
import type { DataSet } from '../../sidecar/data/types.ts';
import { folderWith } from './files.ts';

const source: CsvSource = {
  kind: 'csv',
  path: 'data.csv',
  label: 'y',
  standardize: true,
  test: 0.2,
  validation: 0,
  seed: 1,
};

function load(
  context: TestContext,
  content: string | Uint8Array,
  changes: Partial<CsvSource> = {},
): Promise<DataSet> {
  const folder = folderWith(context, { 'data.csv': content });
  return loadData({ ...source, ...changes }, folder);
}

/** Rows of all parts as text, in no particular order: features, then the class or value. */
function rows(data: DataSet): string[] {
  const width = data.summary.input[0];
  const { classes } = data.summary;
  return [data.train, data.test, ...(data.validation ? [data.validation] : [])]
    .flatMap(({ count, inputs, targets }) =>
      Array.from({ length: count }, (_, i) => {
        const target = classes === null ? targets[i] : classes[targets[i]];
        return [...inputs.subarray(i * width, (i + 1) * width), target].join();
      }),
    )
    .sort();
}

/** `count` rows made by a function of their index. */
const table = (header: string, count: number, row: (i: number) => string) =>
  [header, ...Array.from({ length: count }, (_, i) => row(i)), ''].join('\n');

test('numbers become features, texts of the label classes in order', async (context) => {
  const content = 'a,b,y\n1,2.5,wolf\n-3e1,.5,dog\n7.,1e-3,dog\n+4,0,wolf\n';
  const data = await load(context, content);
  assert.deepEqual(data.summary, {
    name: 'data.csv',
    input: [2],
    classes: ['dog', 'wolf'],
    trainExamples: 3,
    testExamples: 1,
  });
  assert.deepEqual(data.featureNames, ['a', 'b']);
  assert.ok(data.train.targets instanceof Int32Array);
  const small = Math.fround(1e-3);
  assert.deepEqual(rows(data), ['-30,0.5,dog', '1,2.5,wolf', '4,0,wolf', `7,${small},dog`]);
  assert.equal(data.hash, createHash('sha256').update(content).digest('hex'));
});

test('a column of texts becomes one feature a text, which is not standardized', async (context) => {
  const content = table(
    'colour,size,y',
    12,
    (i) => `${['red', 'blue', 'NA'][i % 3]},${i},${i % 2}`,
  );
  const { featureNames, train, normalization } = await load(context, content);
  assert.deepEqual(featureNames, ['colour=NA', 'colour=blue', 'colour=red', 'size']);
  assert.deepEqual([...normalization.mean.subarray(0, 3)], [0, 0, 0]);
  assert.deepEqual([...normalization.deviation.subarray(0, 3)], [1, 1, 1]);
  for (let i = 0; i < train.count; i++) {
    const size = train.inputs[4 * i + 3];
    const expected = [2, 1, 0].map((remainder) => (size % 3 === remainder ? 1 : 0));
    assert.deepEqual([...train.inputs.subarray(4 * i, 4 * i + 3)], expected);
  }
});

test('quotes, byte-order mark, CRLF, blank lines and spaces do not change what is read', async (context) => {
  const plain = await load(context, 'a b,y\n1,"x, z"\n2,u\n3,"x, z"\n4,u\n');
  const odd = '\ufeff"a b" , y\r\n\r\n 1 ,"x, z"\r\n"2",u\r\n\r\n3,"x, z"\r\n4,u';
  const same = await load(context, odd);
  assert.deepEqual(rows(same), rows(plain));
  assert.deepEqual(same.featureNames, ['a b']);
  assert.deepEqual(same.summary, plain.summary);
});

test('quotes inside quotes and line ends inside a field belong to the text', async (context) => {
  const content = 'a,y\n1,"say ""hi"""\n2,"two\nlines"\n3,"say ""hi"""\n4,"two\nlines"\n';
  const { summary } = await load(context, content);
  assert.deepEqual(summary.classes, ['say "hi"', 'two\nlines']);
});

test('labels of few different integers are classes in numeric order', async (context) => {
  const data = await load(
    context,
    table('a,y', 40, (i) => `${i},${[10, 9, -1, 9.0, 3e9][i % 5]}`),
  );
  assert.deepEqual(data.summary.classes, ['-1', '9', '10', '3000000000']);
  const [text] = rows(data).filter((row) => row.startsWith('14,'));
  assert.equal(text, '14,3000000000');
});

for (const [title, row] of [
  ['real numbers', (i: number) => `${i},${i / 4}`],
  ['many different integers', (i: number) => `${i},${i * 3}`],
  ['integers that hardly repeat', (i: number) => `${i},${Math.min(i, 15)}`],
] as const) {
  test(`labels of ${title} are values to predict`, async (context) => {
    const count = title === 'integers that hardly repeat' ? 18 : 60;
    const data = await load(context, table('a,y', count, row));
    assert.equal(data.summary.classes, null);
    assert.ok(data.train.targets instanceof Float32Array);
    assert.deepEqual(rows(data), Array.from({ length: count }, (_, i) => row(i)).sort());
  });
}

test('only the features listed are used, in their order; the rest may hold anything', async (context) => {
  const content = table('id,b,,a,y', 10, (i) => `name ${i},${i},,${i * 10},${i % 2}`);
  const data = await load(context, content, { features: ['a', 'b'] });
  assert.deepEqual(data.featureNames, ['a', 'b']);
  assert.ok(rows(data).includes('30,3,1'));
});

test('normalization is learned on the training part alone', async (context) => {
  const content = table('a,c,y', 50, (i) => `${i * i},7,${i % 2}`);
  const { train, normalization } = await load(context, content, { validation: 0.2 });
  const values = Array.from({ length: train.count }, (_, i) => train.inputs[2 * i]);
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  assert.ok(Math.abs(normalization.mean[0] - mean) < 1e-4);
  assert.ok(Math.abs(normalization.deviation[0] - Math.sqrt(variance)) < 1e-4);
  assert.equal(normalization.mean[1], 7);
  assert.equal(normalization.deviation[1], 1, 'a constant column is not divided by zero');
});

test('as many columns as a line holds', async (context) => {
  const names = Array.from({ length: 130_000 }, (_, i) => `c${i}`);
  const cells = (row: number) => names.map((_, i) => (i + row) % 7).join();
  const content = table(`${names},y`, 4, (row) => `${cells(row)},${'pq'[row % 2]}`);
  const { featureNames, summary } = await load(context, content);
  assert.deepEqual(featureNames, names);
  assert.deepEqual(summary.input, [130_000]);
});

test('millions of rows fit beside a small heap', async (context) => {
  const rows = 3_000_000;
  const folder = folderWith(context, { 'data.csv': `a,y\n${'0,p\n1,q\n'.repeat(rows / 2)}` });
  const modules = ['csv', 'files'].map((name) =>
    join(import.meta.dirname, '../../sidecar/data', `${name}.ts`),
  );
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { modules, folder, source } = workerData;
    Promise.all(modules.map((path) => import(path))).then(async ([csv, files]) => {
      const file = await files.findDataFile(folder, source.path, csv.maximumCsvBytes);
      parentPort.postMessage((await csv.loadCsv(source, file)).summary.trainExamples);
    });`;
  const worker = new Worker(code, {
    eval: true,
    workerData: { modules, folder, source },
    resourceLimits: { maxOldGenerationSizeMb: 64 },
  });
  assert.deepEqual(await once(worker, 'message'), [rows * 0.8]);
});

test('a constant column whose mean is rounded still has deviation 1', async (context) => {
  const content = table('a,y', 33, (i) => `0.1,${i % 2}`);
  const { normalization } = await load(context, content);
  assert.deepEqual(normalization.mean, Float32Array.of(0.1));
  assert.deepEqual(normalization.deviation, Float32Array.of(1));
});

test('without standardization the normalization is the identity', async (context) => {
  const content = table('a,b,y', 20, (i) => `${i},${i * 5},${i % 2}`);
  const { normalization } = await load(context, content, { standardize: false });
  assert.deepEqual(normalization.mean, Float32Array.of(0, 0));
  assert.deepEqual(normalization.deviation, Float32Array.of(1, 1));
});

test('every array lies in shared memory', async (context) => {
  const content = table('a,y', 20, (i) => `${i},${i % 2}`);
  const { train, validation, test, normalization } = await load(context, content, {
    validation: 0.2,
  });
  const arrays = [train, validation!, test].flatMap(({ inputs, targets }) => [inputs, targets]);
  for (const { buffer } of [...arrays, normalization.mean, normalization.deviation]) {
    assert.ok(buffer instanceof SharedArrayBuffer);
  }
});

test('what is written as CSV is read back, whatever the numbers and texts', async (context) => {
  const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
  // Spaces at the ends are trimmed; a text that is a number, or looks like one, would be read as such.
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).map((s) => `x${s}y`);
  const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(finite, finite), { minLength: 4, maxLength: 40 }),
      fc.uniqueArray(text, { minLength: 2, maxLength: 2 }),
      fc.constantFrom('\n', '\r\n'),
      async (numbers, labels, end) => {
        const lines = numbers.map(([a, b], i) => `${a},"${b}",${quote(labels[i % 2])}`);
        const data = await load(context, ['a,b,y', ...lines].join(end));
        const expected = numbers.map(([a, b], i) => [a + 0, b + 0, labels[i % 2]].join());
        assert.deepEqual(rows(data), expected.sort());
        assert.deepEqual(data.summary.classes, [...labels].sort());
      },
    ),
    { numRuns: 60 },
  );
});
