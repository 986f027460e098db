/** At the rows of layers that something was found about: how much, and the way to it. */
import { button, setAttributes, setText } from './dom.ts';
import type { Found } from './findings.ts';
import { count } from './format.ts';

export class Badges {
  readonly #show: (layer: string) => void;
  #badges = new Map<string, HTMLButtonElement>();

  constructor(show: (layer: string) => void) {
    this.#show = show;
  }

  /** `rows` are elements that name their layer and have a heading. */
  update(rows: readonly HTMLElement[], found: readonly Found[]): void {
    const badges = new Map<string, HTMLButtonElement>();
    for (const row of rows) {
      const { layer } = row.dataset;
      const own = found.filter(({ finding }) => finding.layer === layer);
      if (layer === undefined || own.length === 0) continue;
      const known = this.#badges.get(layer);
      const badge = known ?? button({ class: 'badge' }, () => this.#show(layer));
      const titles = own.map(({ variant, finding }) => `${variant.name}: ${finding.title}`);
      setText(badge, `⚠ ${count(own.length)}`);
      setAttributes(badge, {
        title: titles.join('\n'),
        'aria-label': `Findings about ${layer}: ${titles.join('. ')}`,
        'data-severity': own[0].finding.severity,
      });
      const heading = row.querySelector('h2');
      if (badge.parentElement !== heading) heading?.append(badge);
      badges.set(layer, badge);
    }
    for (const [layer, badge] of this.#badges) if (!badges.has(layer)) badge.remove();
    this.#badges = badges;
  }
}
