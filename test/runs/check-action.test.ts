import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlAction } from '../../sidecar/protocol/control.ts';
import { checkAction } from '../../sidecar/runs/check-action.ts';
import { batchnorm, dense, networkOf } from '../engine/networks.ts';

const network = networkOf(3, [dense(4), batchnorm(), { kind: 'sigmoid' }, dense(2)]);
const scale = (layer: unknown, factor: unknown) => ({ kind: 'scale-weights', layer, factor });
const rate = (value: unknown) => ({ kind: 'learning-rate', value });

test('what can be done is accepted', () => {
  for (const action of [
    ...(['pause', 'continue', 'step', 'recompute-statistics'] as const).map((kind) => ({ kind })),
    ...[1e-9, 1000].map(rate),
    ...['batch', 'running'].map((use) => ({ kind: 'evaluation-statistics', use })),
    ...[scale('dense1', 1e-9), scale('dense2', 1e9)],
  ]) {
    checkAction(action as ControlAction, network);
  }
});

for (const [action, expected] of [
  [rate(0), 'learning-rate: expected a number above 0 and at most 1000, found 0'],
  [rate(-1), 'learning-rate: expected a number above 0 and at most 1000, found -1'],
  [rate(1000.1), 'learning-rate: expected a number above 0 and at most 1000, found 1000.1'],
  [rate(Number.NaN), 'learning-rate: expected a number above 0 and at most 1000, found NaN'],
  [rate('0.1'), 'learning-rate: expected a number above 0 and at most 1000, found "0.1"'],
  [rate(null), 'learning-rate: expected a number above 0 and at most 1000, found null'],
  [
    { kind: 'evaluation-statistics', use: 'both' },
    'evaluation-statistics: expected batch or running, found "both"',
  ],
  [
    scale('dense9', 2),
    'scale-weights: expected a layer with weights, found no layer "dense9"; there is dense1, dense2',
  ],
  [
    scale('batchnorm1', 2),
    'scale-weights: expected a layer with weights, found batchnorm1, which is a batchnorm; there is dense1, dense2',
  ],
  [scale('dense1', 0), 'scale-weights: expected a finite factor above 0, found 0'],
  [scale('dense1', Infinity), 'scale-weights: expected a finite factor above 0, found Infinity'],
  [scale('dense1', '2'), 'scale-weights: expected a finite factor above 0, found "2"'],
  [null, 'expected something that can be changed, found null'],
  ['pause', 'expected something that can be changed, found "pause"'],
  [{ kind: 'fly' }, 'expected something that can be changed, found {"kind":"fly"}'],
] as const) {
  test(`refused: ${expected}`, () => {
    assert.throws(() => checkAction(action as ControlAction, network), {
      name: 'RunError',
      message: expected,
    });
  });
}
