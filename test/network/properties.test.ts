/** Whatever the nesting of containers: what comes of it is a network whose parts agree. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { checkNetworkFile, resolveVariant } from '../../sidecar/network/resolve.ts';
import type { Layer, Shape } from '../../sidecar/network/types.ts';
import { mnist } from './summaries.ts';

type Entry =
  | 'relu'
  | 'batchnorm'
  | 'gelu'
  | 'lrn'
  | { readonly conv2d: { filters: number; kernel: number; padding: 'same' } }
  | { readonly concat: readonly (readonly Entry[])[] }
  | { readonly residual: readonly Entry[] }
  | { readonly repeat: { times: number; layers: readonly Entry[] } };

const convolution = (filters: number, kernel: number): Entry => ({
  conv2d: { filters, kernel, padding: 'same' },
});

/** Lists of layers that keep height and width; what is in a residual starts and ends with 4 channels. */
const { list } = fc.letrec<{ entry: Entry; list: Entry[] }>((tie) => ({
  entry: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom<Entry>('relu', 'batchnorm', 'gelu', 'lrn'),
    fc
      .tuple(fc.integer({ min: 1, max: 8 }), fc.constantFrom(1, 3))
      .map((two) => convolution(...two)),
    fc.array(tie('list'), { minLength: 2, maxLength: 3 }).map((concat): Entry => ({ concat })),
    tie('list').map((layers): Entry => {
      const residual = [...layers, convolution(4, 1)];
      return { repeat: { times: 1, layers: [convolution(4, 3), { residual }] } };
    }),
    fc
      .record({ times: fc.integer({ min: 1, max: 3 }), layers: tie('list') })
      .map((repeat): Entry => ({ repeat })),
  ),
  list: fc.array(tie('entry'), { minLength: 1, maxLength: 3 }),
}));

/** Channels and number of layers that a list ends with, told from the description alone. */
function follow(entries: readonly Entry[], channels: number): { channels: number; layers: number } {
  return entries.reduce(
    (before, entry) => {
      const after = followOne(entry, before.channels);
      return { channels: after.channels, layers: before.layers + after.layers };
    },
    { channels, layers: 0 },
  );
}

function followOne(entry: Entry, channels: number): { channels: number; layers: number } {
  if (typeof entry === 'string') return { channels, layers: 1 };
  if ('conv2d' in entry) return { channels: entry.conv2d.filters, layers: 1 };
  if ('repeat' in entry) {
    const { times, layers } = entry.repeat;
    return follow(Array<readonly Entry[]>(times).fill(layers).flat(), channels);
  }
  const branches = 'concat' in entry ? entry.concat : [entry.residual];
  const ends = branches.map((branch) => follow(branch, channels));
  const layers = 1 + ends.reduce((sum, end) => sum + end.layers, 0);
  if ('residual' in entry) return { channels, layers };
  return { channels: ends.reduce((sum, end) => sum + end.channels, 0), layers };
}

function assertConsistent(layers: readonly Layer[], parameters: ReadonlyMap<string, number>): void {
  const outputs = new Map<string, Shape>([['input', mnist.input]]);
  for (const layer of layers) {
    const inputs = layer.inputs.map((name) => outputs.get(name));
    assert.deepEqual(layer.input, inputs[0]);
    const channels = inputs.map((shape) => shape![0]);
    if (layer.kind === 'concat') {
      assert.equal(
        layer.output[0],
        channels.reduce((sum, each) => sum + each),
      );
    } else if (layer.kind === 'add') assert.deepEqual(inputs, [layer.output, layer.output]);
    else assert.equal(inputs.length, 1);
    if (layer.kind === 'conv2d') {
      const takers = layers.filter(({ inputs: names }) => names.includes(layer.name));
      assert.equal(layer.bias, !takers.every(({ kind }) => kind === 'batchnorm'), layer.name);
      const [height, width] = layer.kernel;
      const weights = layer.filters * channels[0] * height * width;
      assert.equal(parameters.get(layer.name), weights + (layer.bias ? layer.filters : 0));
    }
    assert.ok(!outputs.has(layer.name), `${layer.name} is one name`);
    outputs.set(layer.name, layer.output);
  }
}

test('any nesting resolves to layers that come after their inputs and fit them', () => {
  fc.assert(
    fc.property(list, (entries) => {
      const { channels, layers: count } = follow(entries, 1);
      fc.pre(count < 200 && channels < 500);
      const network = [...entries, 'batchnorm', 'global-avgpool', { dense: 10 }];
      const train = { batchSize: 1 };
      const variants = { a: { remove: 'batchnorm' } };
      const text = stringify(
        { data: 'mnist', network, train, variants },
        { aliasDuplicateObjects: false },
      );
      const file = readNetworkFile(text);
      assert.deepEqual(checkNetworkFile(file, mnist), []);
      const { network: base, parameters, lines } = resolveVariant(file, 'base', mnist);
      assertConsistent(base!.layers, parameters);
      assert.equal(base!.layers.length, count + 3);
      assert.deepEqual(base!.layers.at(-2)!.input, [channels, 28, 28]);
      assert.deepEqual(
        [...lines.keys()],
        base!.layers.map(({ name }) => name),
      );
      const variant = resolveVariant(file, 'a', mnist);
      assertConsistent(variant.network!.layers, variant.parameters);
      const left = new Set(variant.network!.layers.map(({ name }) => name));
      for (const { name, kind } of base!.layers) {
        if (kind === 'batchnorm') assert.ok(!left.has(name));
        else if (kind !== 'concat') assert.ok(left.has(name), name);
      }
    }),
    { numRuns: 100, seed: 1 },
  );
});
