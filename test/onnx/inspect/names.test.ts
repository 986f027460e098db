/** Names that every object has, and texts that a terminal obeys: they are names and texts like any other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { reportInspection } from '../../../sidecar/commands/report-inspection.ts';
import { readNetworkFile } from '../../../sidecar/network/file.ts';
import { checkNetworkFile, resolveVariant } from '../../../sidecar/network/resolve.ts';
import { buildModel } from '../../../sidecar/onnx/build.ts';
import { inspectFile } from '../../../sidecar/onnx/inspect/inspect.ts';
import { summarizeFile } from '../../../sidecar/onnx/inspect/summarize.ts';
import { readModel } from '../../../sidecar/onnx/read.ts';
import { iris } from '../../network/summaries.ts';
import { batchNormalization, modelOf, node, statistics } from '../foreign/models.ts';
import { sampleSource, samples } from '../samples.ts';
import { bytesOf, inspect, write } from './files.ts';

const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];
const plainObject = Object.getOwnPropertyNames(Object.prototype).sort();

/** Fails where anything that was read has become a property of all objects. */
function assertUnpolluted(): void {
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype).sort(), plainObject);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
}

for (const name of names) {
  test(`${name} as the name of tensors, nodes, operators, attributes and metadata`, async () => {
    const normalization = batchNormalization(name, `${name}.y`);
    const nodes = [
      { ...node('Relu', ['x'], name), name },
      { ...normalization, name },
      node(name, [`${name}.y`], 'y', Object.fromEntries([[name, 1]])),
    ];
    const model = modelOf([4], nodes, statistics(`${name}.y`, 4));
    model.metadataProps.push(
      ...[name, 'polluted'].map((key) => ({
        $typeName: 'onnx.StringStringEntryProto' as const,
        key,
        value: name,
      })),
    );
    const inspection = await inspect(model);
    assert.equal(inspection.nodes[0].outputs[0].name, name);
    assert.deepEqual(inspection.nodes[0].outputs[0].shape, ['N', 4]);
    assert.equal(inspection.batchNorms[0].name, name);
    assert.equal(inspection.batchNorms[0].channels, 4);
    assert.deepEqual(inspection.metadata[0], { key: name, value: name });
    assert.equal(inspection.nodes[2].outputs[0].shape, null);
    assert.equal(JSON.parse(JSON.stringify(inspection)).metadata[0].key, name);
    assert.ok(reportInspection(inspection).includes(name));
    const { metadata } = readModel(bytesOf(model), 'a.onnx');
    assert.ok(Object.hasOwn(metadata, name));
    assert.equal(Object.getPrototypeOf(metadata), Object.prototype);
    assertUnpolluted();
  });

  test(`${name} as a tensor to sum up`, async () => {
    const [gamma] = statistics(name, 4);
    const path = write(
      bytesOf(modelOf([4], [node('Add', ['x', name], 'y')], [{ ...gamma, name }])),
    );
    assert.equal((await summarizeFile(path, name)).count, 4);
    await assert.rejects(summarizeFile(path, 'polluted'), /found none of this name/);
    assertUnpolluted();
  });

  test(`${name} as a key of a description in the metadata`, () => {
    const bytes = buildModel(sampleSource(samples[0]));
    const hostile = Buffer.from(bytes)
      .toString('latin1')
      .replaceAll('"initialization"', `"${name}"`.padEnd(16));
    assert.throws(() => readModel(Uint8Array.from(Buffer.from(hostile, 'latin1')), 'a.onnx'), {
      name: 'ModelFileError',
    });
    assertUnpolluted();
  });

  const places: Readonly<Record<string, string>> = {
    'a key of a network file': `data: iris\nnetwork: [dense: 3]\n${name}: { polluted: true }\n`,
    'a kind of layer': `data: iris\nnetwork:\n  - ${name}: { polluted: true }\n  - dense: 3\n`,
    'a setting of a layer': `data: iris\nnetwork:\n  - dense: { units: 3, ${name}: { polluted: true } }\n`,
    'the name of a layer': `data: iris\nnetwork:\n  - dense: { units: 3, name: ${name} }\n`,
    'the name of a variant': `data: iris\nnetwork: [batchnorm, dense: 3]\nvariants:\n  ${name}: { remove: batchnorm }\n`,
    'a setting of training': `data: iris\nnetwork: [dense: 3]\ntrain: { ${name}: { polluted: true } }\n`,
    'a key that is merged': `data: iris\nnetwork: [dense: 3]\na: &a { ${name}: { polluted: true } }\ntrain: { <<: *a }\n`,
  };
  for (const [title, text] of Object.entries(places)) {
    test(`${name} as ${title}`, () => {
      const file = readNetworkFile(text);
      checkNetworkFile(file, iris);
      for (const variant of file.variants) resolveVariant(file, variant.name, iris);
      assertUnpolluted();
    });
  }
}

test('a layer of such a name is exported and read back', () => {
  const source = sampleSource(samples[0]);
  const [first, ...rest] = source.network.layers;
  const rename = (text: string) => (text === first.name ? '__proto__' : text);
  const layers = [first, ...rest].map((layer) => ({
    ...layer,
    name: rename(layer.name),
    inputs: layer.inputs.map(rename),
  }));
  const weights = new Map(
    [...source.weights].map(([key, value]) => [key.replace(`${first.name}.`, '__proto__.'), value]),
  );
  const renamed = { ...source, network: { ...source.network, layers }, weights };
  assert.deepEqual(readModel(buildModel(renamed), 'a.onnx').source, renamed);
  assertUnpolluted();
});

test('what would move a cursor or turn text around does not reach a terminal', async () => {
  const hostile = '\u001b[2J\u001b]0;title\u0007<script>\u202eabc\u2028\r';
  const nodes = [{ ...node('Relu', ['x'], 'y'), name: hostile, domain: hostile }];
  const model = modelOf([4], nodes, []);
  model.producerName = hostile;
  model.docString = hostile.repeat(1000);
  const inspection = await inspectFile(write(bytesOf(model)));
  assert.equal(inspection.nodes[0].name, hostile);
  const text = reportInspection(inspection);
  assert.equal(stripVTControlCharacters(text), text);
  for (const sign of ['\u202e', '\u2028', '\r', '\u0007']) assert.ok(!text.includes(sign));
});
