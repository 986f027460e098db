import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeReport } from '../../sidecar/report/describe.ts';
import { ownRates } from '../../sidecar/report/own-rates.ts';
import { sourceOf, variantOf } from './runs.ts';

const at = (variant: string, recipe: string, learningRate: number, accuracy: number) =>
  variantOf(variant, [accuracy], { recipe, learningRate });
const blocksOf = (...variants: ReturnType<typeof at>[]) =>
  ownRates(describeReport(sourceOf(variants)));
const textOf = (blocks: ReturnType<typeof blocksOf>) =>
  blocks.flatMap((block) => (block.kind === 'paragraph' ? [block.text] : [])).join('\n');

describe('networks at their own best learning rates', () => {
  test('variants that differ in their rate alone are one network, named by the first', () => {
    const blocks = blocksOf(
      at('with', 'a', 0.1, 0.97),
      at('without', 'b', 0.1, 0.9),
      at('with-fast', 'a', 2, 0.98),
      at('without-fast', 'b', 2, 0.1),
      at('without-slow', 'b', 0.05, 0.95),
    );
    const table = blocks.find((block) => block.kind === 'table');
    assert.deepEqual(table?.rows, [
      ['with', '0.1, 2', '0.1', '97.00 %', '2', '98.00 %'],
      ['without', '0.05, 0.1, 2', '0.1', '90.00 %', '0.05', '95.00 %'],
    ]);
    assert.match(
      textOf(blocks),
      /same rate of 0\.1 .* \+7\.00 points; .* 2 and 0\.05, it is \+3\.00/,
    );
  });

  test('a rate that was tried twice is named once', () => {
    const blocks = blocksOf(
      at('base', 'a', 0.1, 0.97),
      at('grid-0.01', 'a', 0.01, 0.9),
      at('grid-0.1', 'a', 0.1, 0.97),
    );
    const table = blocks.find((block) => block.kind === 'table');
    assert.equal(table?.rows[0][1], '0.01, 0.1');
  });

  test('a network that was trained at one rate alone is not compared', () => {
    const blocks = blocksOf(
      at('with', 'a', 0.1, 0.97),
      at('again', 'a', 0.1, 0.97),
      at('other', 'b', 0.5, 0.9),
    );
    assert.deepEqual(blocks, []);
  });

  test('what has no accuracy has no best rate', () => {
    const failed = variantOf('with-fast', [], { recipe: 'a', learningRate: 2, final: null });
    assert.deepEqual(blocksOf(at('with', 'a', 0.1, 0.97), failed), []);
  });
});
