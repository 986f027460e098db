import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import jpeg from 'jpeg-js';
import { DataError } from '../../sidecar/data/error.ts';
import type { ImagesSource } from '../../sidecar/data/images.ts';
import { loadData, summarizeData } from '../../sidecar/data/load.ts';
import { folderWith } from './files.ts';
import { greyPng, png } from './png.ts';

const source: ImagesSource = {
  kind: 'images',
  path: 'pets',
  channels: 1,
  test: 0.25,
  validation: 0,
  seed: 1,
};

/** Four images of each class, 3 wide and 2 high, each of one grey of its own. */
const good = Object.fromEntries(
  Array.from({ length: 8 }, (_, i) => [`${i % 2 ? 'dog' : 'cat'}/${i}.png`, greyPng(i)]),
);

/** A folder that holds `pets/` with the given files; an empty text for a name that ends in `/` makes a folder. */
function pets(context: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = folderWith(context, {});
  mkdirSync(join(folder, 'pets'));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, 'pets', name);
    mkdirSync(name.endsWith('/') ? path : join(path, '..'), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(path, content);
  }
  return folder;
}

test('each folder is a class, each image an example', async (context) => {
  const files = { ...good, '.hidden/x.png': 'x', 'cat/.DS_Store': 'x', 'cat/notes.txt': 'x' };
  const data = await loadData(source, pets(context, { ...files, 'README.md': 'x' }));
  assert.deepEqual(data.summary, {
    name: 'pets',
    input: [1, 2, 3],
    classes: ['cat', 'dog'],
    trainExamples: 6,
    testExamples: 2,
  });
  const all = [data.train, data.test].flatMap(({ inputs, targets }) =>
    [...targets].map((target, row) => ({
      target,
      pixels: [...inputs.subarray(6 * row, 6 * row + 6)],
    })),
  );
  const expected = Array.from({ length: 8 }, (_, i) => ({
    target: i % 2,
    pixels: Array(6).fill(i),
  }));
  assert.deepEqual(
    all.sort((a, b) => a.pixels[0] - b.pixels[0]),
    expected,
  );
  assert.deepEqual([...data.test.targets].sort(), [0, 1], 'both classes are tested');
  assert.deepEqual(data.normalization, {
    mean: Float32Array.of(0),
    deviation: Float32Array.of(255),
  });
  assert.ok(data.train.inputs.buffer instanceof SharedArrayBuffer);
  assert.equal(data.validation, null);
});

test('three channels come one after the other', async (context) => {
  const rows = [
    [1, 2, 3, 4, 5, 6],
    [7, 8, 9, 10, 11, 12],
  ];
  const bytes = png({ width: 2, height: 2, type: 2, rows });
  const files = Object.fromEntries(Object.keys(good).map((name) => [name, bytes]));
  const { train, summary } = await loadData({ ...source, channels: 3 }, pets(context, files));
  assert.deepEqual(summary.input, [3, 2, 2]);
  assert.deepEqual([...train.inputs.subarray(0, 12)], [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12]);
});

test('with a size, images of any size and kind are scaled to it', async (context) => {
  const data = Buffer.alloc(4 * 40 * 30, 128);
  const photo = jpeg.encode({ width: 40, height: 30, data }, 90).data;
  const files = { ...good, 'cat/large.JPG': photo, 'dog/tall.png': greyPng(128, 1, 9) };
  const { train, test, summary } = await loadData(
    { ...source, size: [4, 5] },
    pets(context, files),
  );
  assert.deepEqual(summary.input, [1, 4, 5]);
  const values = new Set([...train.inputs, ...test.inputs]);
  assert.deepEqual(
    [...values].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 128],
  );
});

test('the split follows seed and shares, and holds a validation part', async (context) => {
  const folder = pets(context, good);
  const withValidation = { ...source, validation: 0.25 };
  const data = await loadData(withValidation, folder);
  assert.deepEqual([...data.validation!.targets].sort(), [0, 1]);
  assert.equal(data.train.count, 4);
  assert.deepEqual(await loadData(withValidation, folder), data);
  assert.deepEqual((await loadData(source, folder)).test, data.test);
});

test('the hash changes with a name and with a byte', async (context) => {
  const hash = async (files: Record<string, Uint8Array>) =>
    (await loadData(source, pets(context, files))).hash;
  const first = await hash(good);
  assert.equal(await hash(good), first);
  assert.notEqual(await hash({ ...good, 'cat/0.png': greyPng(99) }), first);
  const { 'cat/0.png': moved, ...others } = good;
  assert.notEqual(await hash({ ...others, 'cat/00.png': moved }), first);
});

test('links are followed, also out of the folder', async (context) => {
  const folder = pets(context, good);
  const store = folderWith(context, { 'far.png': greyPng(100), 'near.png': greyPng(101) });
  symlinkSync(join(store, 'far.png'), join(folder, 'pets', 'cat', 'linked.png'));
  symlinkSync(store, join(folder, 'pets', 'linked-class'));
  const { summary } = await loadData(source, folder);
  assert.deepEqual(summary.classes, ['cat', 'dog', 'linked-class']);
  assert.equal(summary.trainExamples + summary.testExamples, 11);
});

test('a summary is that of the loaded data, and follows what the folders hold', async (context) => {
  const folder = pets(context, good);
  const { summary } = await loadData(source, folder);
  const first = await summarizeData(source, folder);
  assert.deepEqual(first, summary);
  assert.equal(await summarizeData(source, folder), first, 'the same object');
  mkdirSync(join(folder, 'pets', 'cow'));
  await assert.rejects(summarizeData(source, folder), /pets\/cow: .*found an empty folder/);
  for (const name of ['a.png', 'b.png']) {
    writeFileSync(join(folder, 'pets', 'cow', name), greyPng(50));
  }
  assert.deepEqual((await summarizeData(source, folder)).classes, ['cat', 'cow', 'dog']);
});

const without = (name: string) =>
  Object.fromEntries(Object.entries(good).filter(([path]) => !path.startsWith(name)));

/** `late` faults show only once every image is decoded. */
const faults: readonly {
  title: string;
  files: Record<string, string | Uint8Array>;
  message: RegExp;
  late?: boolean;
}[] = [
  { title: 'an empty folder', files: {}, message: /^pets: expected at least two folders.*empty/ },
  {
    title: 'images without folders',
    files: { 'a.png': greyPng(1) },
    message: /found files but no folders; put the images of each class into a folder/,
  },
  { title: 'one class', files: without('dog'), message: /^pets: .*found one, "cat"; add a folder/ },
  {
    title: 'a class without images',
    files: { ...good, 'cow/list.txt': '' },
    message: /^pets\/cow: expected PNG or JPEG files \(.png, .jpg, .jpeg\), found "list.txt"; add/,
  },
  {
    title: 'folders of folders',
    files: { 'train/cat/a.png': greyPng(1), 'test/cat/a.png': greyPng(1) },
    message: /^pets\/test: expected PNG and JPEG files, found a folder "cat"; name the folder that/,
  },
  {
    title: 'an image of another kind',
    files: { ...good, 'cat/x.webp': 'x' },
    message: /^pets\/cat\/x.webp: expected a PNG or JPEG file, found .webp; convert it to PNG$/,
  },
  {
    title: 'one image a class',
    files: { 'cat/a.png': greyPng(1), 'dog/a.png': greyPng(2) },
    message: /^pets: expected examples to spare for the test part/,
  },
  {
    title: 'a text as the first image',
    files: { ...good, 'cat/+.png': 'text' },
    message: /^pets\/cat\/\+.png: expected a PNG or JPEG image, found a file that begins with/,
  },
  {
    title: 'images of other sizes without a size',
    files: { ...good, 'dog/8.png': greyPng(1, 5, 4) },
    message:
      /^pets\/dog\/8.png: expected 3 × 2 pixels, as pets\/cat\/0.png has, found 5 × 4; write size: \[2, 3\] to scale all images$/,
    late: true,
  },
  {
    title: 'an image cut short',
    files: { ...good, 'dog/8.png': greyPng(1).subarray(0, 50) },
    message: /^pets\/dog\/8.png: expected an intact PNG file, found one cut short; /,
    late: true,
  },
];

for (const { title, files, message, late } of faults) {
  test(`refuses ${title}`, async (context) => {
    const folder = pets(context, files);
    const refused = (error: unknown) => {
      assert.ok(error instanceof DataError, String(error));
      assert.match(error.message, message);
      return true;
    };
    await assert.rejects(loadData(source, folder), refused);
    if (!late) await assert.rejects(summarizeData(source, folder), refused);
  });
}

test('refuses a link that leads nowhere', async (context) => {
  const folder = pets(context, good);
  symlinkSync(join(folder, 'nowhere.png'), join(folder, 'pets', 'cat', 'lost.png'));
  await assert.rejects(loadData(source, folder), /^DataError: pets\/cat\/lost.png: .*ENOENT/);
});

test('refuses a file in place of the folder, and names a folder that is not there', async (context) => {
  const folder = folderWith(context, { pets: 'x' });
  await assert.rejects(
    loadData(source, folder),
    /^DataError: pets: expected a folder, found a file/,
  );
  const other = { ...source, path: 'pet' };
  await assert.rejects(loadData(other, folder), /^DataError: pet: .*did you mean "pets"\?/);
});

test('more pixels than memory is meant for are refused before anything is decoded', async (context) => {
  const folder = pets(context, good);
  const large: ImagesSource = { ...source, channels: 3, size: [8000, 8000] };
  await assert.rejects(
    summarizeData(large, folder),
    /^DataError: pets: expected at most 1.07 GB of pixels, found 1.54 GB \(8 images of 3 × 8000 × 8000\)/,
  );
});
