/** The commands: what each does, and what it says where it cannot be done. */
import { commands, Uri, window, workspace } from 'vscode';
import type { Lab } from '../lab.ts';
import { SidecarLost } from '../sidecar.ts';
import {
  changeLearningRate,
  continueTraining,
  evaluateByBatch,
  evaluateByRunning,
  makeStep,
  pauseTraining,
  recomputeStatistics,
  scaleLayerWeights,
} from './control.ts';
import { ejectNetwork } from './eject.ts';
import { exportModel } from './export.ts';
import { copySnippet, hoverLayer, newNetworkFile, openExample, reveal } from './files.ts';
import { ids, type Target } from './ids.ts';
import { offer } from './messages.ts';
import { foldModel, inspectModel, validateModel } from './models.ts';
import { showReport } from './report.ts';
import { requireRun, stopTraining, trainAllVariants, trainNetwork } from './train.ts';

interface Command {
  // biome-ignore lint/suspicious/noExplicitAny: VS Code passes what package.json, a lens or a link says.
  readonly run: (lab: Lab, ...args: any[]) => Promise<void>;
  /** Whether it can be done; has told the user why when not. Absent: always. */
  readonly requires?: (lab: Lab) => boolean;
}

const table: Record<(typeof ids)[keyof typeof ids], Command> = {
  [ids.train]: { run: trainNetwork, requires: requireTrust },
  [ids.trainAll]: { run: trainAllVariants, requires: requireTrust },
  [ids.stop]: { run: stopTraining, requires: requireRun },
  [ids.pause]: { run: pauseTraining, requires: requireRun },
  [ids.continue]: { run: continueTraining, requires: requireRun },
  [ids.step]: { run: makeStep, requires: requireRun },
  [ids.changeLearningRate]: { run: changeLearningRate, requires: requireRun },
  [ids.evaluateByBatch]: { run: evaluateByBatch, requires: requireRun },
  [ids.evaluateByRunning]: { run: evaluateByRunning, requires: requireRun },
  [ids.recomputeStatistics]: { run: recomputeStatistics, requires: requireRun },
  [ids.scaleWeights]: { run: scaleLayerWeights, requires: requireRun },
  [ids.showDashboard]: { run: showDashboard },
  [ids.showReport]: { run: showReport },
  [ids.hoverLayer]: { run: hoverLayer },
  [ids.exportOnnx]: { run: exportModel, requires: requireTrust },
  [ids.validateOnnx]: { run: validateModel, requires: requireTrust },
  [ids.inspectOnnx]: { run: inspectModel },
  [ids.foldOnnx]: { run: foldModel, requires: requireTrust },
  [ids.ejectPytorch]: { run: ejectNetwork, requires: requireTrust },
  [ids.newFile]: { run: newNetworkFile },
  [ids.openExample]: { run: openExample },
  [ids.showLog]: { run: async (lab) => lab.log.show() },
  [ids.reveal]: { run: reveal },
  [ids.copySnippet]: { run: copySnippet },
};

export function registerCommands(lab: Lab): void {
  for (const [id, command] of Object.entries(table)) {
    const handler = (...args: unknown[]) => execute(lab, command, args);
    lab.extension.subscriptions.push(commands.registerCommand(id, handler));
  }
}

/** Runs a command to its end; a failure is a sentence for the user and a full record in the log. */
async function execute(lab: Lab, { run, requires }: Command, args: unknown[]): Promise<void> {
  try {
    if (requires === undefined || requires(lab)) await run(lab, ...args.map(asTarget));
  } catch (error) {
    lab.log.error(error as Error);
    // The crash has been told already.
    if (error instanceof SidecarLost) return;
    offer('error', (error as Error).message, { 'Show Log': ids.showLog });
  }
}

async function showDashboard({ dashboard }: Lab, target: Target = {}): Promise<void> {
  dashboard.show(target.uri ?? window.activeTextEditor?.document.uri.toString());
}

/** Menus of the editor's title and of the explorer pass the file alone. */
function asTarget(argument: unknown): unknown {
  return argument instanceof Uri ? { uri: argument.toString() } : argument;
}

function requireTrust(): boolean {
  if (workspace.isTrusted) return true;
  const text = 'BatchNorm trains, reads data and writes models only in a workspace that you trust.';
  offer('warning', text, { 'Manage Workspace Trust': 'workbench.trust.manage' });
  return false;
}
