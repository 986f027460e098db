import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  applicable,
  askedOf,
  chosenOption,
  describeChoices,
  questions,
  rememberedChoices,
} from '../../../extension/commands/export-choices.ts';
import { defaultChoices, type ExportChoices, opsets } from '../../../sidecar/protocol/onnx.ts';

const classifier = { hasBatchNorm: true, hasLogits: true };
const titles = (situation: typeof classifier, more: Partial<ExportChoices> = {}) =>
  askedOf(situation, { ...defaultChoices, ...more }).map(({ title }) => title);

test('what makes no difference is not asked', () => {
  const [precision, fold, output, opset] = questions.map(({ title }) => title);
  assert.deepEqual(titles(classifier), [precision, fold, output, opset]);
  assert.deepEqual(titles(classifier, { precision: 'int8' }), [precision, output, opset]);
  assert.deepEqual(titles({ ...classifier, hasLogits: false }), [precision, fold, opset]);
  assert.deepEqual(titles({ hasBatchNorm: false, hasLogits: false }), [precision, opset]);
});

test('a model without logits is told of no output, whatever was chosen for another', () => {
  const last: ExportChoices = { ...defaultChoices, output: 'probabilities', opset: 9 };
  assert.deepEqual(applicable({ ...classifier, hasLogits: false }, last), {
    ...{ fold: false, opset: 9, precision: 'float32' },
  });
  assert.deepEqual(applicable(classifier, last), last);
});

test('the first option of every question is the default', () => {
  for (const question of questions) {
    assert.equal(chosenOption(question.options(defaultChoices), defaultChoices), 0, question.title);
  }
});

test('every opset that a model can be written in is offered once; int8 needs one with its operators', () => {
  const offered = (precision: ExportChoices['precision']) =>
    questions
      .at(-1)!
      .options({ ...defaultChoices, precision })
      .map(({ choices }) => choices.opset!)
      .sort((a, b) => a - b);
  const all = Array.from({ length: opsets.newest - 8 }, (_, at) => 9 + at);
  assert.deepEqual(offered('float32'), all);
  assert.deepEqual(offered('int8'), all.slice(1));
});

test('choices read as one line of what makes a difference', () => {
  assert.equal(
    describeChoices(classifier, defaultChoices),
    'float32 · BatchNormalization nodes kept · logits · opset 15',
  );
  const small: ExportChoices = { ...defaultChoices, precision: 'int8', opset: 13 };
  assert.equal(
    describeChoices({ ...classifier, hasLogits: false }, small),
    'int8 · BatchNormalization folded · opset 13',
  );
});

test('what was remembered is taken as far as it still is a choice', () => {
  const chosen: ExportChoices = {
    fold: true,
    output: 'probabilities',
    opset: 9,
    precision: 'float16',
  };
  assert.deepEqual(rememberedChoices(chosen), chosen);
  for (const nothing of [undefined, null, 'x', 7]) {
    assert.deepEqual(rememberedChoices(nothing), defaultChoices);
  }
  const strange = { fold: 'yes', output: 'images', opset: 99, precision: 'int8', more: 1 };
  assert.deepEqual(rememberedChoices(strange), {
    ...defaultChoices,
    precision: 'int8',
  });
  assert.deepEqual(rememberedChoices({ precision: 'int8', opset: 9 }).opset, 15);
});
