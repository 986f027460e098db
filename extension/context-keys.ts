/** The keys that when-clauses in package.json ask for. */
import { commands, Uri, workspace } from 'vscode';
import type { Lab } from './lab.ts';
import { openNetworkFiles } from './network-files.ts';

/**
 * `batchnorm.open`: a network file is open. `batchnorm.running`: some run is on. `batchnorm.runningFiles`: the files
 * that are training, for `resource in batchnorm.runningFiles`.
 */
export function maintainContextKeys({ runs, extension }: Lab): void {
  const update = () => {
    const running = runs.active().map(({ uri }) => uri);
    set('open', openNetworkFiles().length > 0);
    set('running', running.length > 0);
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
