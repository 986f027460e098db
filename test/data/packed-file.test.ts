import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashFiles, packedHash, packFiles, unpackFiles } from '../../sidecar/data/packed-file.ts';
import { folderWith } from './files.ts';

test('files come out of a pack as they went in, also empty ones and none', async (context) => {
  const folder = folderWith(context, {});
  const path = join(folder, 'some.pack');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 5 }),
      async (files) => {
        const packed = await packFiles(files);
        assert.deepEqual(await packFiles(files), packed, 'the same bytes every time');
        assert.equal(packedHash(packed), hashFiles(files));
        writeFileSync(path, packed);
        const unpacked = await unpackFiles(path, 'pack it again');
        assert.equal(unpacked.hash, hashFiles(files));
        assert.deepEqual(
          unpacked.files.map((file) => [...file]),
          files.map((file) => [...file]),
        );
      },
    ),
    { numRuns: 40 },
  );
});

test('what is no pack has no hash', () => {
  assert.equal(packedHash(Buffer.alloc(0)), null);
  assert.equal(packedHash(Buffer.from('something else entirely')), null);
});
