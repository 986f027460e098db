import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeChoices } from '../../sidecar/onnx/choices.ts';
import { ExportError } from '../../sidecar/onnx/errors.ts';
import { defaultChoices, type ExportChoices } from '../../sidecar/protocol/onnx.ts';

test('what nobody chose is as by default, and int8 folds', () => {
  assert.deepEqual(completeChoices(), defaultChoices);
  assert.deepEqual(completeChoices({ opset: 26 }), { ...defaultChoices, opset: 26 });
  assert.equal(completeChoices({ precision: 'int8' }).fold, true);
});

test('what no model can be is refused with what could', () => {
  const refusals: readonly [unknown, string][] = [
    [{ opset: 8 }, 'opset: expected 9 to 26, found 8'],
    [{ opset: 27 }, 'opset: expected 9 to 26, found 27'],
    [{ opset: 15.5 }, 'opset: expected 9 to 26, found 15.5'],
    [{ opset: '15' }, 'opset: expected 9 to 26, found "15"'],
    [{ opset: null }, 'opset: expected 9 to 26, found null'],
    [{ output: 'classes' }, 'output: expected logits or probabilities, found "classes"'],
    [{ precision: 'int4' }, 'precision: expected float32 or float16 or int8, found "int4"'],
    [
      { precision: '__proto__' },
      'precision: expected float32 or float16 or int8, found "__proto__"',
    ],
    [{ fold: 1 }, 'fold: expected true or false, found 1'],
    [
      { opset: 9, precision: 'int8' },
      'precision int8: expected opset 10 or newer, which has QuantizeLinear, found opset 9',
    ],
  ];
  for (const [choices, message] of refusals) {
    assert.throws(
      () => completeChoices(choices as Partial<ExportChoices>),
      (error) => error instanceof ExportError && error.message === message,
      message,
    );
  }
});
