/** Texts of a network file in the program's source: names, labels and whatever else its author wrote. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseNpy } from '../../sidecar/data/npy.ts';
import { encodeNpy } from '../../sidecar/pytorch/npy.ts';
import {
  attributesFor,
  commentText,
  docstringText,
  float32Literal,
  floatLiteral,
  stringLiteral,
} from '../../sidecar/pytorch/python.ts';
import { writeScript } from '../../sidecar/pytorch/script.ts';
import { batchnorm, dense, identity, networkOf } from '../engine/networks.ts';
import { temporaryFolder } from '../temporary.ts';

const hostile = [
  'class',
  'None',
  'forward',
  'train',
  'parameters',
  'self',
  'x',
  'a-b',
  'a_b',
  'a b',
  '1st',
  '__init__',
  '_modules',
  'naïve',
  '層',
  '"""',
  "'",
  '\\',
  'a\nimport os',
  'a\r\nb',
  '\u2028',
  '\u202eevil',
  '\ud800',
  'lambda',
  'lambda_',
  '',
  'a.weight',
  '#',
  '{x}',
  '%s',
  'torch',
  'nn',
  `${'long'.repeat(100)}`,
];
const python = '/usr/bin/python3';
const skip = spawnSync(python, ['-c', '']).status === 0 ? false : `needs ${python}`;

test('every name gets an attribute of its own, itself where that is possible', () => {
  const attributes = attributesFor(hostile);
  assert.equal(new Set(attributes.values()).size, hostile.length);
  for (const attribute of attributes.values()) assert.match(attribute, /^[A-Za-z][A-Za-z0-9_]*$/);
  assert.equal(attributes.get('a_b'), 'a_b');
  assert.equal(attributes.get('torch'), 'torch');
  assert.equal(attributes.get('class'), 'class_');
  assert.equal(attributes.get('lambda_'), 'lambda_');
  assert.equal(attributes.get('lambda'), 'lambda_2');
});

test('numbers are floats that read back as what they were', () => {
  assert.deepEqual([1, 0.1, 1e-5, 5e-324, 1e300, 0].map(floatLiteral), [
    '1.0',
    '0.1',
    '1e-5',
    '5e-324',
    '1e+300',
    '0.0',
  ]);
  assert.equal(float32Literal(Math.fround(0.1)), '0.1');
  for (const value of [1 / 3, 1e-30, 16777217.5, 0.30810001492500305].map(Math.fround)) {
    assert.equal(Math.fround(Number(float32Literal(value))), value);
  }
});

test('comments and docstrings are one line that nobody can leave', () => {
  for (const text of hostile) {
    assert.doesNotMatch(commentText(text), /[\n\r\u2028\u202e\ud800]/);
    assert.doesNotMatch(docstringText(text), /(?<!\\)"|[\n\r\u2028\u202e\ud800]/);
  }
});

describe('a program with hostile names and labels', { skip }, () => {
  const layers = hostile.flatMap((name, i) => [
    { ...dense(3, false), name },
    { ...batchnorm(), name: `${name}/${i}` },
  ]);
  const source = writeScript({
    network: networkOf(3, layers, { loss: 'softmax-cross-entropy' }),
    normalization: identity,
    classes: hostile,
    ...{ file: '"""\nimport os # \\', variant: '\u202e"""', data: '\\', producerVersion: '0' },
    ...{ trainedSteps: 3, validated: false, changes: hostile },
  });

  test('is Python whose literals are the names and labels', () => {
    const place = join(temporaryFolder('batchnorm-hostile'), 'train.py');
    writeFileSync(place, source);
    const compiled = spawnSync(python, ['-m', 'py_compile', place], { encoding: 'utf8' });
    assert.equal(compiled.status, 0, compiled.stderr);
    const script = `
import ast, json, sys
tree = ast.parse(open(sys.argv[1], encoding="utf-8").read())
values = {}
for node in tree.body:
    if isinstance(node, ast.Assign) and node.targets[0].id in ("CLASSES", "NAMES"):
        values[node.targets[0].id] = ast.literal_eval(node.value)
kinds = sorted({type(node).__name__ for node in tree.body})
print(json.dumps({"values": values, "kinds": kinds, "about": ast.get_docstring(tree)}))
`;
    const { stdout, stderr } = spawnSync(python, ['-c', script, place], { encoding: 'utf8' });
    assert.equal(stderr, '');
    const { values, kinds, about } = JSON.parse(stdout);
    assert.deepEqual(values.CLASSES, hostile);
    const named = new Set(Object.values(values.NAMES));
    for (const name of ['class', 'a-b', 'a\nimport os', '\u202eevil', '\ud800', '"""'])
      assert.ok(named.has(name), name);
    assert.deepEqual(kinds, [
      'Assign',
      'ClassDef',
      'Expr',
      'FunctionDef',
      'If',
      'Import',
      'ImportFrom',
    ]);
    assert.ok(about.includes('""" import os # \\'));
  });

  test('has no character that hides or turns text', () => {
    assert.doesNotMatch(source, /[\u2028\u202e\ufeff]|[^\n\P{Cc}]/u);
    assert.equal(stringLiteral('\u202e'), '"\\u202e"');
    assert.equal(stringLiteral('\u{e0001}'), '"\\U000e0001"');
  });
});

test('NPY files are read back by our own reader, with headers of a multiple of 64', () => {
  const arrays = [
    new Uint8Array([1, 2, 3, 4]),
    new Int32Array([-1, 5]),
    new Float32Array([0.5, -2, 3]),
  ];
  for (const values of arrays) {
    const shape = values.length === 4 ? [2, 2] : [values.length];
    const bytes = encodeNpy(values, shape);
    assert.equal((bytes.length - values.byteLength) % 64, 0);
    const { header, values: found } = parseNpy(bytes, 'made.npy');
    assert.deepEqual(header.shape, shape);
    assert.deepEqual([...found], [...values]);
  }
});
