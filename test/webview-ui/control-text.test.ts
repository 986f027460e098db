import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlEvent } from '../../sidecar/protocol/control.ts';
import { eventMarks } from '../../webview-ui/control-text.ts';
import { Store } from '../../webview-ui/store.ts';
import { Feed } from './feed.ts';

const pause: ControlEvent = { step: 40, action: { kind: 'pause' }, effect: 'Paused.' };
const rate = (step: number, value: number): ControlEvent => ({
  step,
  action: { kind: 'learning-rate', value },
  effect: `The learning rate is ${value}.`,
});

function marksOf(...events: readonly (readonly ControlEvent[])[]) {
  const { run, variants } = new Feed({ steps: 100, every: 1, hiddenLayers: 1 }).snapshot(50);
  const store = new Store();
  store.replace({
    run,
    variants: variants.map((variant, place) => ({ ...variant, events: events[place] })),
  });
  return eventMarks(store.variants);
}

test('the same change of two variants at one step is one mark with both names', () => {
  assert.deepEqual(marksOf([pause], [pause]), [
    { step: 40, letter: 'P', text: 'step 40, base, without-batchnorm: Paused.' },
  ]);
});

test('changes that differ in step or value are marks of their own, in order', () => {
  const marks = marksOf([rate(10, 0.5), pause], [rate(10, 0.2)]);
  assert.deepEqual(
    marks.map(({ step, letter }) => [step, letter]),
    [
      [10, 'L'],
      [10, 'L'],
      [40, 'P'],
    ],
  );
  assert.match(marks[1].text, /^step 10, without-batchnorm: The learning rate is 0\.2\.$/);
});
