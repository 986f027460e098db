import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ViewState } from '../../webview-ui/view-state.ts';

/** A state, and what it has saved last. */
function stateOf(saved?: unknown) {
  const kept: { state?: unknown } = { state: saved };
  const view = new ViewState(saved, (state) => {
    // As it travels.
    kept.state = JSON.parse(JSON.stringify(state));
  });
  return { view, kept };
}

/** Everything that a person may choose. */
function chosen(view: ViewState) {
  const { choice, kind, window, recent, scroll, view: shown, exportVariant } = view;
  const sets = [view.hiddenVariants, view.openTables, view.openPanels].map((set) => [...set]);
  return {
    choice,
    kind,
    window,
    recent,
    scroll,
    shown,
    exportVariant,
    sets,
    scales: [...view.scales],
  };
}

function choose(view: ViewState): void {
  view.choice = { followed: ['base'], others: [{ runId: 'old', variants: ['base'] }] };
  view.hiddenVariants.add('base');
  view.openTables.add('loss');
  view.scales.set('loss', 'log');
  view.kind = 'batchnorm';
  view.window = [100, 200];
  view.recent = { share: 0.1 };
  view.scroll = 300;
  view.view = 'report';
  view.exportVariant = 'base';
  view.toggle('findings');
}

test('what is chosen outlives a reload and new runs of the same file', () => {
  const { view, kept } = stateOf();
  view.openRun('one', 'file:///a', 1000);
  choose(view);
  const before = chosen(view);
  const later = stateOf(kept.state).view;
  later.openRun('one', 'file:///a', 1000);
  assert.deepEqual(chosen(later), before);
  later.openRun('two', 'file:///a', 1000);
  assert.deepEqual(chosen(later), before);
});

test('a window that a new run will never reach is all steps again', () => {
  const { view } = stateOf();
  view.openRun('one', 'file:///a', 1000);
  view.window = [100, 200];
  view.openRun('two', 'file:///a', 150);
  assert.equal(view.window, null);
});

test('every file has its own layout', () => {
  const { view } = stateOf();
  view.openRun('one', 'file:///a', 1000);
  const fresh = chosen(view);
  choose(view);
  const before = chosen(view);
  view.openRun('two', 'file:///b', 1000);
  assert.deepEqual(chosen(view), fresh);
  view.openRun('one', 'file:///a', 1000);
  assert.deepEqual(chosen(view), before);
});

test('of very many files the one shown longest ago is forgotten', () => {
  const { view, kept } = stateOf();
  for (let file = 0; file < 40; file++) {
    view.openRun(`run-${file}`, `file:///${file}`, 1000);
    view.scroll = file;
    view.save();
  }
  const { files } = kept.state as { files: Record<string, unknown> };
  assert.equal(Object.keys(files).length, 30);
  assert.ok('file:///39' in files && !('file:///0' in files));
});

test('what is already known is not overwritten by what was remembered elsewhere', () => {
  const { view } = stateOf();
  view.openRun('one', 'file:///a', 1000);
  view.scroll = 120;
  view.save();
  view.restore({ uri: 'file:///a', files: { 'file:///a': { scroll: 7 } } });
  assert.equal(view.scroll, 120);
});

test('a layout of another shape is read as far as it can be', () => {
  const layout = {
    choice: { followed: ['base'], others: { runId: 'old' } },
    hiddenVariants: { base: true },
    scales: ['log'],
    openTables: null,
    choices: 7,
    window: 300,
    scroll: 40,
  };
  const { view } = stateOf({ uri: 'file:///a', files: { 'file:///a': layout } });
  assert.deepEqual(view.choice, { followed: null, others: [] });
  assert.deepEqual([...view.hiddenVariants, ...view.openTables], []);
  assert.equal(view.window, null);
  assert.equal(view.scroll, 40);
  for (const files of [null, 'none', { 'file:///a': null }])
    stateOf({ uri: 'file:///a', files }).view.openRun('one', 'file:///a', 10);
});
