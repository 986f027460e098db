import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoteKeeper } from '../../extension/note-keeper.ts';
import type { RunSummary } from '../../sidecar/protocol/runs.ts';
import { runOf, variantOf } from './run-factory.ts';

const uri = 'file:///networks/mnist.bn.yaml';
const notes = [
  { line: 3, text: 'mean 0.02' },
  { line: 5, text: 'mean 0.01' },
];

function keeperOf(run: RunSummary | undefined) {
  const state = { run };
  return { state, keeper: new NoteKeeper(() => state.run) };
}

test('notes of a run in progress are kept', () => {
  const { keeper } = keeperOf(runOf());
  keeper.receive(uri, notes);
  assert.deepEqual(keeper.notes(uri), notes);
  assert.deepEqual(keeper.notes('file:///other'), []);
});

test('notes go when the run ends, and stragglers are not taken', () => {
  const { keeper, state } = keeperOf(runOf());
  keeper.receive(uri, notes);
  assert.equal(keeper.endIfOver(uri), false);
  state.run = runOf({ variants: [variantOf({ state: 'finished' })] });
  assert.equal(keeper.endIfOver(uri), true);
  keeper.receive(uri, notes);
  assert.deepEqual(keeper.notes(uri), []);
});

const edits = {
  'below all notes': { edit: { first: 8, last: 8, lines: 4 }, spoils: false },
  'in a line above, which stays one line': { edit: { first: 1, last: 1, lines: 1 }, spoils: false },
  'a new line above': { edit: { first: 1, last: 1, lines: 2 }, spoils: true },
  'two lines joined above': { edit: { first: 0, last: 1, lines: 1 }, spoils: true },
  'in a noted line': { edit: { first: 5, last: 5, lines: 1 }, spoils: true },
};
for (const [what, { edit, spoils }] of Object.entries(edits)) {
  test(`an edit ${what} ${spoils ? 'removes' : 'leaves'} the notes`, () => {
    const { keeper } = keeperOf(runOf());
    keeper.receive(uri, notes);
    assert.equal(keeper.edit(uri, [edit]), spoils);
    assert.deepEqual(keeper.notes(uri), spoils ? [] : notes);
  });
}

test('after such an edit notes come back with the next run only', () => {
  const { keeper, state } = keeperOf(runOf());
  keeper.receive(uri, notes);
  keeper.edit(uri, [{ first: 0, last: 0, lines: 2 }]);
  keeper.receive(uri, notes);
  assert.deepEqual(keeper.notes(uri), []);
  state.run = runOf({ runId: 'next' });
  keeper.receive(uri, notes);
  assert.deepEqual(keeper.notes(uri), notes);
});
