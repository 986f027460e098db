/**
 * The run's report in place of the live charts: as far as the run has got, asked for again when more of it has ended. It
 * stands in a tree of its own, so that neither its styles nor its names reach the page.
 */
import type { FromDashboard } from '../sidecar/protocol/dashboard.ts';
import type { ReportView } from '../sidecar/protocol/report.ts';
import type { RunSummary } from '../sidecar/protocol/runs.ts';
import { button, element } from './dom.ts';
import { sanitized } from './sanitize.ts';

export class ReportPage {
  readonly element = element('div', { class: 'report', hidden: true });
  readonly #post: (message: FromDashboard) => void;
  readonly #body = element('div', { class: 'report-body' });
  readonly #content = this.#body.attachShadow({ mode: 'open' });
  readonly #buttons = element('div', { class: 'buttons' });
  /** The run and its states that were last asked about. */
  #askedAs = '';

  constructor(post: (message: FromDashboard) => void) {
    this.#post = post;
    this.element.append(this.#buttons, this.#body);
    // Links lead outside, through the extension.
    this.#content.addEventListener('click', (event) => {
      const link = (event.target as Element).closest('a');
      if (link === null) return;
      event.preventDefault();
      // Else VS Code, which listens at the window, would open it a second time.
      event.stopPropagation();
      const url = link.getAttribute('href');
      if (url !== null) post({ type: 'open-link', url });
    });
  }

  /** Shows or hides the report of a run. */
  update(isShown: boolean, run: RunSummary | null): void {
    this.element.hidden = !isShown;
    if (!isShown || run === null) {
      this.#askedAs = '';
      return;
    }
    const as = JSON.stringify([run.runId, run.variants.map(({ state }) => state)]);
    if (as !== this.#askedAs) this.#ask();
    this.#askedAs = as;
  }

  take(report: ReportView | null): void {
    if (report === null) {
      this.say('There is no report of this run any more: train again.');
      return;
    }
    const styles = new CSSStyleSheet();
    styles.replaceSync(report.styles);
    this.#content.adoptedStyleSheets = [styles];
    this.#content.replaceChildren(sanitized(report.html));
    const open = (file: 'html' | 'markdown') => () => this.#post({ type: 'open-report', file });
    this.#buttons.replaceChildren(
      button({ class: 'secondary' }, () => this.#ask(), 'Refresh'),
      ...(report.files === null
        ? [element('p', { class: 'muted' }, 'Not on disk yet.')]
        : [
            button({ class: 'secondary' }, open('html'), 'Open HTML'),
            button({ class: 'secondary' }, open('markdown'), 'Open Markdown'),
          ]),
    );
  }

  /** In place of a report. */
  say(text: string): void {
    this.#buttons.replaceChildren(button({ class: 'secondary' }, () => this.#ask(), 'Try Again'));
    this.#content.replaceChildren(element('p', { role: 'status' }, text));
  }

  #ask(): void {
    if (this.#content.childElementCount === 0)
      this.#content.replaceChildren(element('p', {}, 'Writing the report…'));
    this.#post({ type: 'report' });
  }
}
