/**
 * What the runs show to be wrong, worst first: a title that unfolds to what was measured, why it matters and what would
 * do. Nothing of it is there when nothing is wrong.
 */
import type { FromDashboard } from '../sidecar/protocol/dashboard.ts';
import type { Finding } from '../sidecar/protocol/findings.ts';
import { button, element } from './dom.ts';
import { count } from './format.ts';
import { Panel } from './panels.ts';
import { swatch } from './series.ts';
import type { VariantData } from './store.ts';
import type { ViewState } from './view-state.ts';

export interface Found {
  readonly variant: VariantData;
  readonly finding: Finding;
}

export interface FindingEvents {
  post(message: FromDashboard): void;
  /** Shows the row of a layer, and its line in the file. */
  goTo(layer: string): void;
  /** Whether a change can still be made to this variant. */
  canControl(variant: VariantData): boolean;
}

/** Errors before warnings; otherwise as the run has ordered them. */
export function findingsOf(variants: readonly VariantData[]): Found[] {
  const all = variants.flatMap((variant) =>
    (variant.summary.findings ?? []).map((finding) => ({ variant, finding })),
  );
  const rank = ({ finding }: Found) => (finding.severity === 'error' ? 0 : 1);
  return all.sort((a, b) => rank(a) - rank(b));
}

export class Findings {
  readonly panel: Panel;
  readonly #view: ViewState;
  readonly #events: FindingEvents;
  readonly #list = element('ul', {});
  /** What is listed, by all that it says. */
  #items = new Map<string, HTMLElement>();

  constructor(view: ViewState, events: FindingEvents) {
    this.#view = view;
    this.#events = events;
    this.panel = new Panel(view, 'findings', 'What is wrong, worst first', '', this.#list);
    this.panel.say('');
  }

  update(found: readonly Found[]): void {
    const { length } = found;
    this.panel.say(
      length === 0 ? '' : `⚠ ${length === 1 ? '1 finding' : `${count(length)} findings`}`,
    );
    const items = new Map<string, HTMLElement>();
    for (const each of found) {
      const { name, index } = each.variant;
      const as = JSON.stringify([name, index, each.finding, this.#events.canControl(each.variant)]);
      items.set(as, this.#items.get(as) ?? this.#item(each));
    }
    const isSame = [...items.keys()].join() === [...this.#items.keys()].join();
    // What is moved or made anew loses the focus.
    if (isSame) return;
    const held = document.activeElement;
    this.#items = items;
    this.#list.replaceChildren(...items.values());
    if (held instanceof HTMLElement && this.#list.contains(held)) held.focus();
  }

  /** Unfolds the panel at the first finding about a layer. */
  show(layer: string): void {
    this.panel.open();
    const item = this.#list.querySelector<HTMLElement>(`[data-layer="${CSS.escape(layer)}"]`);
    item?.querySelector('details')?.setAttribute('open', '');
    item?.scrollIntoView({ block: 'nearest' });
    item?.querySelector<HTMLElement>('summary')?.focus();
  }

  #item({ variant, finding }: Found): HTMLElement {
    const { kind, layer, severity, title } = finding;
    const name = `finding ${variant.name} ${kind} ${layer}`;
    const details = element(
      'details',
      { open: this.#view.openPanels.has(name) },
      element(
        'summary',
        {},
        element('span', { class: 'severity' }, severity),
        swatch(variant.index),
        element('span', { class: 'muted' }, `${variant.name} `),
        element('b', {}, title),
      ),
      this.#explanation(variant, finding),
    );
    details.addEventListener('toggle', () => {
      if (details.open !== this.#view.openPanels.has(name)) this.#view.toggle(name);
    });
    const attributes = { 'data-severity': severity, 'data-layer': layer ?? undefined };
    return element('li', attributes, details);
  }

  #explanation(variant: VariantData, finding: Finding): HTMLElement {
    const { layer, step, measured, matters, remedy, reference, action } = finding;
    const line = (term: string, text: string) => [element('dt', {}, term), element('dd', {}, text)];
    const buttons: HTMLElement[] = [];
    if (layer !== null) {
      const goTo = () => this.#events.goTo(layer);
      buttons.push(button({ class: 'secondary' }, goTo, `Show ${layer}`));
    }
    if (action === 'recompute-statistics' && this.#events.canControl(variant)) {
      const recompute = () =>
        this.#events.post({
          type: 'control',
          variant: variant.summary.variant,
          action: { kind: 'recompute-statistics' },
        });
      buttons.push(button({ class: 'primary' }, recompute, 'Recompute Statistics'));
    }
    if (action === 'recompute-statistics' && !this.#events.canControl(variant)) {
      const ended =
        'Statistics can be recomputed while the run that is followed trains or is paused.';
      buttons.push(element('span', { class: 'muted' }, ended));
    }
    const open = () => this.#events.post({ type: 'open-link', url: reference.url });
    buttons.push(
      button({ class: 'link', role: 'link', title: reference.url }, open, reference.title),
    );
    return element(
      'div',
      { class: 'explanation' },
      element(
        'dl',
        {},
        ...line(`Measured at step ${count(step)}`, measured),
        ...line('Why it matters', matters),
        ...line('What would do', remedy),
      ),
      element('div', { class: 'buttons' }, ...buttons),
    );
  }
}
