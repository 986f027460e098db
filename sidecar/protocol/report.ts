/** A run's report: what was trained, how well, and the figures of the paper for it. */
import { RequestType } from 'vscode-languageserver-protocol';

export interface ReportView {
  /** The report's body as HTML with SVG figures, all text escaped, no scripts, no styles of its own. */
  readonly html: string;
  /** Style sheet for the body. Its colours are variables `--bn-*`, which the page has to give. */
  readonly styles: string;
  /** Absolute paths of the report's files, or null while they are not on disk. */
  readonly files: {
    readonly markdown: string;
    readonly json: string;
    readonly html: string;
  } | null;
}

/** Client to server: the report of a run as far as it has got. Null for a run this sidecar does not know. */
export const report = new RequestType<{ runId: string }, ReportView | null, void>(
  'batchnorm/report/get',
);
