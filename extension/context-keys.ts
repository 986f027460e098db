/** The keys that when-clauses in package.json ask for. */
import { commands, Uri, workspace } from 'vscode';
import type { Lab } from './lab.ts';
import { openNetworkFiles } from './network-files.ts';
import { isUnfinished } from './runs.ts';

/**
 * `batchnorm.open`: a network file is open. `batchnorm.running`: some run is on, `batchnorm.pausable` and
 * `batchnorm.paused`: with a variant that can be paused, that is paused. `batchnorm.runningFiles`: the files that are
 * training, for `resource in batchnorm.runningFiles`.
 */
export function maintainContextKeys({ runs, extension }: Lab): void {
  const update = () => {
    const active = runs.active();
    const running = active.map(({ uri }) => uri);
    const variants = active.flatMap((run) => run.variants.filter(isUnfinished));
    set('open', openNetworkFiles().length > 0);
    set('running', running.length > 0);
    set(
      'pausable',
      variants.some(({ state }) => state !== 'paused'),
    );
    set(
      'paused',
      variants.some(({ state }) => state === 'paused'),
    );
    // As Uri objects: a remote window knows its files by another scheme and translates them on the way.
    set(
      'runningFiles',
      running.map((uri) => Uri.parse(uri)),
    );
  };
  extension.subscriptions.push(
    runs.onDidChange((run, before) => {
      if (states(run) !== states(before)) update();
    }),
    workspace.onDidOpenTextDocument(update),
    workspace.onDidCloseTextDocument(update),
  );
  update();
}

function states(run: { variants: readonly { state: string }[] } | undefined): string {
  return run?.variants.map(({ state }) => state).join() ?? '';
}

function set(key: string, value: unknown): void {
  void commands.executeCommand('setContext', `batchnorm.${key}`, value);
}
