/** Starts the sidecar with the first network file, feeds what it says to the parts, and tells when it crashed. */
import { commands, type TextDocument, workspace } from 'vscode';
import { changed, type RunSummary } from '../sidecar/protocol/runs.ts';
import { trusted } from '../sidecar/protocol/workspace.ts';
import { ids } from './commands/ids.ts';
import { offer } from './commands/messages.ts';
import type { Lab } from './lab.ts';
import { isNetworkFile, openNetworkFiles } from './network-files.ts';
import { crashText, failureText, unsavedText } from './run-text.ts';
import { isActive } from './runs.ts';

export function watchSidecar(lab: Lab): void {
  const { sidecar, runs, extension } = lab;
  sidecar.on(changed, (run) => {
    const before = runs.get(run.runId);
    const failure = failureText(run, before);
    const unsaved = unsavedText(run, before);
    runs.update(run);
    const hasEnded = !isActive(run) && (before === undefined || isActive(before));
    if (hasEnded || unsaved !== null) save(lab, run);
    if (failure !== null) offer('error', failure, { 'Show Dashboard': ids.showDashboard });
    if (unsaved !== null) {
      const exportRun = () => commands.executeCommand(ids.exportOnnx, { uri: run.uri });
      offer('warning', unsaved, { Export: exportRun });
    }
  });
  extension.subscriptions.push(
    sidecar.onDidCrash(({ restarting }) => reportCrash(lab, restarting)),
    workspace.onDidGrantWorkspaceTrust(() => void sidecar.notify(trusted, {})),
    workspace.onDidOpenTextDocument((document) => startFor(lab, document)),
  );
  // Once activation is over: the language client takes longer to load than all the rest.
  setImmediate(() => {
    for (const document of openNetworkFiles()) startFor(lab, document);
  });
}

function startFor(lab: Lab, document: TextDocument): void {
  if (isNetworkFile(document)) start(lab);
}

function save(lab: Lab, run: RunSummary): void {
  logFailure(lab, lab.dashboard.save(run));
}

function logFailure({ log }: Lab, saving: Promise<void>): void {
  saving.catch((error: unknown) => log.error('A run could not be saved', error));
}

function start({ sidecar, log }: Lab): void {
  sidecar.start().catch((error: unknown) => log.error('The sidecar did not start', error));
}

/** Tells of the crash once, with the runs that it ended. */
function reportCrash(lab: Lab, restarting: boolean): void {
  const ended = lab.runs.failUnfinished();
  for (const run of ended) logFailure(lab, lab.dashboard.saveShown(run));
  const text = crashText(ended, restarting);
  const restart = () => start(lab);
  if (restarting) offer('warning', text, { 'Show Log': ids.showLog });
  else offer('error', text, { Restart: restart, 'Show Log': ids.showLog });
}
