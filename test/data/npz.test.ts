import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DataError } from '../../sidecar/data/error.ts';
import { findDataFile } from '../../sidecar/data/files.ts';
import { loadData, summarizeData } from '../../sidecar/data/load.ts';
import { maximumNpzBytes, type Npz, withNpz } from '../../sidecar/data/npz.ts';
import type { NpzSource } from '../../sidecar/data/npz-source.ts';
import { folderWith } from './files.ts';
import { npy, npyHeader, npz, numpyFolder } from './numpy.ts';

async function open<T>(name: string, use: (npz: Npz) => Promise<T>, folder = numpyFolder) {
  return withNpz(await findDataFile(folder, name, maximumNpzBytes), use);
}

/** What `counting` in numpy/fixtures.py makes of a type. */
function counting(type: string): number[] {
  const from = /^u|^b1/.test(type) ? 0 : -5;
  const unit = /f\d/.test(type) ? 8 : 1;
  const most = type === 'b1' ? 1 : Number.POSITIVE_INFINITY;
  return Array.from({ length: 24 }, (_, i) => Math.min(most, (i + from) / unit));
}

const numbers = ['b1', 'u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f4', 'f8'];
const others = ['big_i2', 'big_i4', 'big_i8', 'big_f4', 'big_f8', 'fortran'];

for (const file of ['types.npz', 'types-compressed.npz']) {
  test(`arrays that NumPy wrote: ${file}`, async () => {
    await open(file, async (npz) => {
      for (const name of [...numbers, ...others]) {
        const { header, values } = await npz.array(name);
        assert.deepEqual(header.shape, [2, 3, 4]);
        assert.deepEqual(Array.from(values), counting(name), name);
        assert.deepEqual(await npz.header(name), header);
      }
      const bytes = (await npz.array('fortran_bytes')).values;
      assert.deepEqual(Array.from(bytes), counting('u1'));
      assert.deepEqual(Array.from((await npz.array('scalar')).values), [1.5]);
      assert.deepEqual((await npz.array('empty')).header.shape, [0, 3]);
    });
  });
}

test('every version of the array format', async () => {
  await open('versions.npz', async (npz) => {
    for (const name of ['v1', 'v2', 'v3']) {
      assert.deepEqual(Array.from((await npz.array(name)).values), counting('i4'));
    }
  });
});

for (const [name, found] of [
  ['half', 'type "<f2"'],
  ['complex', 'type "<c8"'],
  ['text', 'type "<U3"'],
  ['structured', 'a structured type'],
]) {
  test(`refuses an array of ${name} numbers`, async () => {
    const refused = new RegExp(`types.npz, array "${name}": expected numbers.*, found ${found}`);
    await assert.rejects(
      open('types.npz', (npz) => npz.array(name)),
      refused,
    );
  });
}

const source: NpzSource = {
  kind: 'npz',
  path: 'images.npz',
  inputs: 'x_train',
  targets: 'y_train',
  test: 0.25,
  validation: 0,
  seed: 1,
};
const tested = { ...source, testInputs: 'x_test', testTargets: 'y_test' };
const pixels = Array.from({ length: 240 }, (_, i) => i);

test('test arrays are the test part; bytes are normalized to 0 to 1', async () => {
  const data = await loadData(tested, numpyFolder);
  assert.deepEqual(data.summary, {
    name: 'images.npz',
    input: [1, 4, 5],
    classes: ['3', '5', '7'],
    trainExamples: 12,
    testExamples: 3,
  });
  assert.deepEqual([...data.train.inputs], pixels);
  assert.deepEqual([...data.train.targets], [2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1]);
  assert.deepEqual(
    [...data.test.inputs],
    pixels.slice(0, 60).map((pixel) => pixel + 1),
  );
  assert.deepEqual([...data.test.targets], [2, 0, 1]);
  assert.ok(data.train.inputs instanceof Uint8Array);
  assert.deepEqual([...data.normalization.deviation], [255]);
  for (const { inputs, targets } of [data.train, data.test]) {
    assert.ok(inputs.buffer instanceof SharedArrayBuffer);
    assert.ok(targets.buffer instanceof SharedArrayBuffer);
  }
});

test('without test arrays a part of every class is split off', async () => {
  const { train, test } = await loadData(source, numpyFolder);
  assert.deepEqual([...test.targets].sort(), [0, 1, 2]);
  const all = [...train.inputs, ...test.inputs].sort((a, b) => a - b);
  assert.deepEqual(all, pixels);
});

test('a validation part is split off beside test arrays', async () => {
  const data = await loadData({ ...tested, validation: 0.25 }, numpyFolder);
  assert.equal(data.train.count, 9);
  assert.equal(data.validation?.count, 3);
  assert.equal(data.test.count, 3);
});

test('floats stay as they are, channels first', async () => {
  const { summary, train, test, normalization } = await loadData(
    { ...source, inputs: 'colours' },
    numpyFolder,
  );
  assert.deepEqual(summary.input, [3, 4, 5]);
  assert.ok(train.inputs instanceof Float32Array);
  assert.deepEqual(normalization, { mean: Float32Array.of(0), deviation: Float32Array.of(1) });
  const all = [...train.inputs, ...test.inputs].sort((a, b) => a - b);
  assert.deepEqual(
    all,
    Array.from({ length: 720 }, (_, i) => i),
  );
});

test('targets of floats are values to predict; a column is as good as a row', async () => {
  const { summary, train, test } = await loadData({ ...source, targets: 'y_float' }, numpyFolder);
  assert.equal(summary.classes, null);
  assert.deepEqual(
    [...train.targets, ...test.targets].sort((a, b) => a - b),
    Array.from({ length: 12 }, (_, i) => i / 4),
  );
  const column = await loadData({ ...source, targets: 'y_column' }, numpyFolder);
  assert.deepEqual(column.train, (await loadData(source, numpyFolder)).train);
});

for (const variant of [source, tested, { ...source, inputs: 'colours', targets: 'y_float' }]) {
  test(`the summary is that of the loaded data: ${variant.inputs}, ${variant.targets}`, async () => {
    const { summary } = await loadData(variant, numpyFolder);
    assert.deepEqual(await summarizeData(variant, numpyFolder), summary);
  });
}

const faults: readonly [title: string, change: Partial<NpzSource>, message: RegExp][] = [
  [
    'an array that is not there',
    { inputs: 'x_trian' },
    /^images.npz: expected an array "x_trian", found only "x_train", .*; did you mean "x_train"\?$/,
  ],
  [
    'channels last',
    { inputs: 'last' },
    /array "last": expected \[examples, channels, height, width\], as in PyTorch, found shape \(12, 8, 8, 3\), whose channels seem to come last; save np.moveaxis\(x, -1, 1\)$/,
  ],
  [
    'five axes',
    { inputs: 'many' },
    /array "many": expected \[examples, features\].*\(12, 2, 2, 2, 2\)/,
  ],
  ['a vector as inputs', { inputs: 'y_train' }, /array "y_train": expected \[examples, features\]/],
  [
    'one-hot targets',
    { targets: 'one_hot' },
    /array "one_hot".*one-hot array becomes one with y.argmax/,
  ],
  ['fewer targets', { targets: 'y_test' }, /expected 12 targets, .* found shape \(3\); check that/],
  [
    'one class',
    { targets: 'constant' },
    /array "constant": expected integers.*found the same in every/,
  ],
  [
    'a class only tested',
    { testInputs: 'x_test', testTargets: 'y_new' },
    /array "y_new", target 1: expected a class that training examples have \("3", "5", "7"\), found 9/,
  ],
  [
    'test inputs of another shape',
    { testInputs: 'colours', testTargets: 'y_train' },
    /array "colours": expected examples of shape \(4, 5\) in bytes, as .*, found examples of shape \(3, 4, 5\) in numbers/,
  ],
  [
    'test targets of another type',
    { testInputs: 'x_train', testTargets: 'y_float' },
    /array "y_float": expected the type of .*, found floats/,
  ],
];

for (const [title, change, message] of faults) {
  test(`refuses ${title}`, async () => {
    const refused = (error: unknown) => {
      assert.ok(error instanceof DataError, String(error));
      assert.match(error.message, message);
      return true;
    };
    await assert.rejects(loadData({ ...source, ...change }, numpyFolder), refused);
    await assert.rejects(summarizeData({ ...source, ...change }, numpyFolder), refused);
  });
}

for (const [inputs, message] of [
  ['bad', /array "bad", value 1 in C order: expected a number that float32 can hold, found NaN/],
  ['huge', /array "huge", value 0 in C order: .*found 1e\+300/],
] as const) {
  test(`refuses inputs that are no numbers in float32: ${inputs}`, async () => {
    await assert.rejects(loadData({ ...source, inputs }, numpyFolder), message);
  });
}

const intact = readFileSync(join(numpyFolder, 'images.npz'));
const wrongFiles: readonly [title: string, bytes: Uint8Array][] = [
  ['an empty file', Buffer.of()],
  ['another kind of file', Buffer.from('a,b\n1,2\n')],
  ['a file cut short', intact.subarray(0, intact.length / 2)],
  ['a file that has lost its end', intact.subarray(0, -10)],
];

for (const [title, bytes] of wrongFiles) {
  test(`refuses ${title}`, async (context) => {
    const folder = folderWith(context, { 'images.npz': bytes });
    await assert.rejects(loadData(source, folder), /^DataError: images.npz: expected an NPZ file/);
  });
}

test('refuses values that do not fit their checksum', async (context) => {
  // Stored as they are: unlike a deflated array, nothing but the checksum tells.
  const bytes = Buffer.from(readFileSync(join(numpyFolder, 'versions.npz')));
  bytes[bytes.indexOf('\n', bytes.indexOf('shape')) + 8] ^= 1;
  const folder = folderWith(context, { 'versions.npz': bytes });
  await assert.rejects(
    open('versions.npz', (npz) => npz.array('v1'), folder),
    /checksum/,
  );
});

/** Arrays for `source`: 4 examples of 2 bytes, with targets 0 and 1 in turn. */
const small = {
  x_train: npy(npyHeader('|u1', [4, 2]), Buffer.alloc(8)),
  y_train: npy(npyHeader('|u1', [4]), Buffer.of(0, 1, 0, 1)),
};

test('targets of another number than the inputs are refused before they are read', async (context) => {
  const wrong = npy(npyHeader('|i1', [1000]), Buffer.alloc(1000));
  const bytes = npz({ ...small, y_train: wrong });
  // Whoever reads the values finds that they do not fit their checksum.
  bytes[bytes.indexOf(wrong) + 200] ^= 1;
  const folder = folderWith(context, { 'images.npz': bytes });
  const message = /array "y_train": expected 4 targets, .* found shape \(1000\); check that/;
  await assert.rejects(loadData(source, folder), message);
  await assert.rejects(summarizeData(source, folder), message);
});

test('an array longer than its header says is refused by its header', async (context) => {
  const bytes = npz({ ...small, x_train: Buffer.concat([small.x_train, Buffer.alloc(9)]) });
  const folder = folderWith(context, { 'images.npz': bytes });
  const message = /array "x_train": expected 136 bytes for shape \(4, 2\) of \|u1, found 145 bytes/;
  await assert.rejects(summarizeData(source, folder), message);
});

test('refuses integers that are no classes, whatever their number', async (context) => {
  // One more than a Set can hold.
  const count = 2 ** 24 + 1;
  const folder = folderWith(context, {
    'images.npz': npz({
      x_train: npy(npyHeader('|u1', [count, 1]), Buffer.alloc(count)),
      y_train: npy(
        npyHeader('<i4', [count]),
        new Uint8Array(Int32Array.from({ length: count }, (_, i) => i).buffer),
      ),
    }),
  });
  const message =
    /array "y_train": expected integers that name 2 to 1000 classes, found more different ones; for/;
  await assert.rejects(summarizeData(source, folder), message);
});
