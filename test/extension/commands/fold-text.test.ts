import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldText } from '../../../extension/commands/fold-text.ts';
import type { EqualityProof, FoldResult } from '../../../sidecar/protocol/inspect.ts';

const proof: EqualityProof = {
  outcome: 'equal',
  runtime: 'onnxruntime-node 1.30.0',
  inputs: [{ name: 'input', shape: [1, 4] }],
  runs: 6,
  maxAbsoluteError: 2.5e-7,
  maxRelativeError: 1e-7,
  tolerance: 1e-4,
};
const reason = 'bn2 is kept: Relu stands before it.';
const result: FoldResult = {
  path: '/models/net-folded.onnx',
  folding: { folded: [{ batchnorm: 'bn1', into: 'conv1' }], kept: [{ batchnorm: 'bn2', reason }] },
  proof,
  bytes: { before: 2000, after: 1900 },
  nodes: { before: 12, after: 11 },
};

test('folding says what was folded, what was kept and why, and the proof', () => {
  assert.deepEqual(foldText('net.onnx', result), {
    severity: 'info',
    text: 'Folded 1 of 2 batch normalizations of net.onnx into net-folded.onnx. onnxruntime-node 1.30.0 computes the same with both on 6 random inputs: largest error 2.5e-7 absolute, 1e-7 relative (bound 1e-4). 12 nodes became 11. bn2 is kept: Relu stands before it.',
  });
});

test('a copy that computes something else is an error, one that nobody could check a warning', () => {
  const different = foldText('net.onnx', { ...result, proof: { ...proof, outcome: 'different' } });
  assert.equal(different.severity, 'error');
  assert.match(different.text, /computes something else; it was kept as net-folded\.onnx/);
  const unproved: EqualityProof = { ...proof, outcome: 'not-proved', reason: 'no binary.' };
  const { severity, text } = foldText('net.onnx', { ...result, proof: unproved });
  assert.equal(severity, 'warning');
  assert.match(text, /is not proved: no binary\./);
});

test('nothing to fold is no failure', () => {
  const nothing = { ...result, path: null, proof: null };
  const { kept } = result.folding;
  assert.deepEqual(foldText('net.onnx', { ...nothing, folding: { folded: [], kept } }), {
    severity: 'info',
    text: `net.onnx has nothing that can be folded. ${reason}`,
  });
  const none = foldText('net.onnx', { ...nothing, folding: { folded: [], kept: [] } });
  assert.equal(none.text, 'net.onnx has no batch normalization.');
});

test('of many reasons the first are said', () => {
  const kept = Array.from({ length: 9 }, (_, at) => ({ batchnorm: `b${at}`, reason: `r${at}.` }));
  const { text } = foldText('net.onnx', { ...result, folding: { folded: [], kept } });
  assert.match(text, /r0\. r1\. r2\. 6 more are kept/);
});
