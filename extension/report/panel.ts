/** The panel that shows a run's report; asks the sidecar for it when it opens and again when the run has ended. */
import { randomBytes } from 'node:crypto';
import {
  type Disposable,
  type LogOutputChannel,
  ViewColumn,
  type WebviewPanel,
  window,
} from 'vscode';
import { report } from '../../sidecar/protocol/report.ts';
import type { RunSummary } from '../../sidecar/protocol/runs.ts';
import { isActive, type Runs } from '../runs.ts';
import type { Sidecar } from '../sidecar.ts';
import { reportPage } from './html.ts';

export class ReportPanel implements Disposable {
  readonly #sidecar: Sidecar;
  readonly #listening: Disposable;
  #panel: WebviewPanel | undefined;
  /** The run on show. */
  #runId: string | undefined;

  constructor(sidecar: Sidecar, runs: Runs, log: LogOutputChannel) {
    this.#sidecar = sidecar;
    this.#listening = runs.onDidChange((run) => {
      if (this.#panel === undefined || run.runId !== this.#runId || isActive(run)) return;
      this.show(run).catch((error: unknown) => log.error('Report', error));
    });
  }

  /** Shows the report as far as the run has got; false for a run that the sidecar has forgotten. */
  async show({ runId, name }: RunSummary): Promise<boolean> {
    const view = await this.#sidecar.request(report, { runId });
    if (view === null) return false;
    this.#runId = runId;
    const panel = this.#panel ?? this.#open();
    panel.title = `Report: ${name}`;
    panel.webview.html = reportPage(view, randomBytes(16).toString('base64'));
    return true;
  }

  /** Brings the panel to the front. */
  reveal(): void {
    this.#panel?.reveal();
  }

  dispose(): void {
    this.#panel?.dispose();
    this.#listening.dispose();
  }

  #open(): WebviewPanel {
    const options = { enableScripts: false, localResourceRoots: [], enableFindWidget: true };
    const panel = window.createWebviewPanel('batchnorm.report', '', ViewColumn.Active, options);
    panel.onDidDispose(() => {
      this.#panel = undefined;
    });
    this.#panel = panel;
    return panel;
  }
}
