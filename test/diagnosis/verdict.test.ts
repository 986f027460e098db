/** Findings from one judgement to the next. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Verdict } from '../../sidecar/diagnosis/verdict.ts';
import type { Finding, FindingKind } from '../../sidecar/protocol/findings.ts';

function finding(kind: FindingKind, layer: string, step: number): Finding {
  const said = { title: 'a', measured: 'b', matters: 'c', remedy: 'd' };
  return { kind, layer, step, severity: 'warning', ...said, reference: { title: 'e', url: 'f' } };
}

const drift = (step: number, layer = 'dense1') => finding('drifting-layer', layer, step);
const steps = (findings: readonly Finding[]) => findings.map(({ step }) => step);

test('what comes and goes is told once, and what is in another layer is told too', () => {
  const verdict = new Verdict();
  assert.deepEqual(steps(verdict.take([drift(1)])), [1]);
  for (const [i, findings] of [[], [drift(3)], [], [], [drift(6)]].entries()) {
    assert.deepEqual(verdict.take(findings), [], `judgement ${i}`);
  }
  assert.deepEqual(steps(verdict.take([drift(7), drift(7, 'dense2')])), [7]);
});

test('a finding stays for one judgement that is without it, and goes with the second', () => {
  const verdict = new Verdict();
  verdict.take([drift(1)]);
  assert.deepEqual(steps(verdict.findings), [1]);
  verdict.take([]);
  assert.deepEqual(steps(verdict.findings), [1]);
  verdict.take([drift(3)]);
  assert.deepEqual(steps(verdict.findings), [3]);
  verdict.take([]);
  verdict.take([]);
  assert.deepEqual(steps(verdict.findings), []);
});

test('a gap between training and evaluation goes at once', () => {
  const verdict = new Verdict();
  verdict.take([finding('evaluation-gap', 'batchnorm1', 1), drift(1)]);
  verdict.take([]);
  assert.deepEqual(
    verdict.findings.map(({ kind }) => kind),
    ['drifting-layer'],
  );
});
