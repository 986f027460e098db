/** Showing what a run has come to. */
import { window } from 'vscode';
import type { Lab } from '../lab.ts';
import { ids, type Target } from './ids.ts';
import { offer } from './messages.ts';

/** Opens the dashboard on the report of the newest run: of the target's file, of the file in the editor, else of any. */
export async function showReport({ runs, dashboard }: Lab, target: Target = {}): Promise<void> {
  const uri = target.uri ?? window.activeTextEditor?.document.uri.toString();
  const run = (uri === undefined ? undefined : runs.newest(uri)) ?? runs.newest();
  if (run === undefined) {
    offer('info', 'There is no run to report on yet: train a network first.', {
      'Train All Variants': ids.trainAll,
    });
    return;
  }
  dashboard.showReport(run);
}
