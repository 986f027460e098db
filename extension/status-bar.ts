/** The status bar item: there while something trains or has failed, gone otherwise. */
import { StatusBarAlignment, window } from 'vscode';
import { ids } from './commands/ids.ts';
import type { Lab } from './lab.ts';
import { type State, stateOf } from './state.ts';
import { statusText } from './status-text.ts';

export function showStatus({ sidecar, runs, extension }: Lab): void {
  const item = window.createStatusBarItem('batchnorm.status', StatusBarAlignment.Left);
  item.name = 'BatchNorm';
  const update = () => {
    const state = stateOf(sidecar.connection, runs.all());
    const status = statusText(state);
    if (status === null) {
      item.hide();
      return;
    }
    item.text = status.text;
    item.tooltip = status.tooltip;
    item.accessibilityInformation = { label: status.spoken, role: 'button' };
    item.command = commandFor(state);
    item.show();
  };
  extension.subscriptions.push(
    item,
    runs.onDidChange(update),
    sidecar.onDidChangeConnection(update),
  );
}

/** Without a sidecar there is nothing a dashboard could show; any request starts it again. */
function commandFor(state: State): string {
  return state.kind === 'failed' && state.run === null ? ids.showLog : ids.showDashboard;
}
