/** The parts that live as long as the extension, made once and handed to every command. */
import { type ExtensionContext, type LogOutputChannel, window, workspace } from 'vscode';
import { stop } from '../sidecar/protocol/runs.ts';
import { ids } from './commands/ids.ts';
import { Dashboard } from './dashboard/dashboard.ts';
import { SavedSnapshots } from './dashboard/saved-snapshots.ts';
import { ModelEditor } from './model-editor/model-editor.ts';
import { Runs } from './runs.ts';
import { Sidecar } from './sidecar.ts';

export interface Lab {
  readonly extension: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly sidecar: Sidecar;
  readonly runs: Runs;
  readonly saved: SavedSnapshots;
  readonly dashboard: Dashboard;
  readonly models: ModelEditor;
}

/** Makes the parts; nothing runs yet. */
export function createLab(extension: ExtensionContext): Lab {
  const log = window.createOutputChannel('BatchNorm', { log: true });
  const runs = new Runs();
  const sidecar = new Sidecar({
    module: extension.asAbsolutePath('dist/sidecar.js'),
    log,
    initialize: () => ({ trusted: workspace.isTrusted }),
    linkedCommands: [ids.train, ids.stop, ids.showDashboard, ids.exportOnnx, ids.reveal],
  });
  const saved = new SavedSnapshots((extension.storageUri ?? extension.globalStorageUri).fsPath);
  const dashboard = new Dashboard(extension, saved, sidecar, runs, log);
  const models = new ModelEditor(extension.extensionUri, sidecar, log);
  extension.subscriptions.push(log, sidecar, dashboard, models);
  return { extension, log, sidecar, runs, saved, dashboard, models };
}

/** Ends what runs, saved as far as it got; resolves when the sidecar is gone. */
export async function closeLab({ runs, sidecar, dashboard, log }: Lab): Promise<void> {
  for (const { runId } of runs.active()) {
    try {
      await sidecar.request(stop, { runId });
      await dashboard.save({ runId });
    } catch (error) {
      log.error('A run could not be saved', error);
    }
  }
  await sidecar.stop();
}
