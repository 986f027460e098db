/** The extension's entry: makes the parts and starts them. */
import type { ExtensionContext } from 'vscode';
import { registerCommands } from './commands/register.ts';
import { maintainContextKeys } from './context-keys.ts';
import { closeLab, createLab, type Lab } from './lab.ts';
import { showLiveNotes } from './live-notes.ts';
import { showStatus } from './status-bar.ts';
import { watchSidecar } from './watch.ts';

let lab: Lab | undefined;

export function activate(extension: ExtensionContext): void {
  lab = createLab(extension);
  registerCommands(lab);
  maintainContextKeys(lab);
  showStatus(lab);
  showLiveNotes(lab);
  watchSidecar(lab);
}

export async function deactivate(): Promise<void> {
  if (lab !== undefined) await closeLab(lab);
}
