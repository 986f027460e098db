/**
 * Which variants of which runs are shown, chosen by name: every run that can be shown with its variants, narrowed by a
 * search for any words of their names.
 */
import type { KnownRun, ShownVariants } from '../sidecar/protocol/dashboard.ts';
import type { RunSummary, VariantSummary } from '../sidecar/protocol/runs.ts';
import { element, setText } from './dom.ts';
import { count, moment, percent } from './format.ts';
import { Panel } from './panels.ts';
import { progressOf } from './progress.ts';
import type { Choice, Store } from './store.ts';
import type { ViewState } from './view-state.ts';

export interface ChooserEvents {
  /** Somebody looks at the list. */
  list(): void;
  choose(choice: Choice): void;
}

export class Chooser {
  readonly panel: Panel;
  readonly #store: Store;
  readonly #events: ChooserEvents;
  readonly #search = element('input', {
    type: 'search',
    placeholder: 'Search runs and variants',
    'aria-label': 'Search runs and variants',
  });
  readonly #found = element('p', { class: 'muted', role: 'status' });
  readonly #list = element('div', { class: 'runs' });
  #runs: readonly KnownRun[] = [];
  /** What a person has unfolded or not; else what is shown of is unfolded. */
  readonly #unfolded = new Map<string, boolean>();
  #isListed = false;

  constructor(store: Store, view: ViewState, events: ChooserEvents) {
    this.#store = store;
    this.#events = events;
    const head = element('div', { class: 'search' }, this.#search, this.#found);
    this.panel = new Panel(
      view,
      'chooser',
      'Runs and variants shown',
      'Compare…',
      head,
      this.#list,
    );
    this.panel.onToggle = () => this.update();
    this.#search.addEventListener('input', () => this.#render());
  }

  takeRuns(runs: readonly KnownRun[]): void {
    this.#runs = runs;
    this.#render();
  }

  /** Follows what is shown; asks for the list when it is looked at for the first time. */
  update(): void {
    this.panel.update();
    if (!this.panel.isOpen) {
      this.#list.replaceChildren();
      return;
    }
    if (!this.#isListed) this.#events.list();
    this.#isListed = true;
    this.#render();
  }

  #render(): void {
    if (!this.panel.isOpen) return;
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = new Map(this.#store.shown.map(({ runId, variants }) => [runId, variants]));
    const focused = document.activeElement?.id;
    let matches = 0;
    const groups = this.#known().flatMap((known) => {
      const title = titleOf(known);
      const found = known.run.variants.filter(({ variant }) => fits(words, title, variant));
      matches += found.length;
      return found.length > 0
        ? [this.#group(known, found, shown.get(known.run.runId) ?? [], words.length > 0)]
        : [];
    });
    this.#list.replaceChildren(...groups);
    setText(this.#found, words.length > 0 ? `${count(matches)} found` : '');
    if (focused) document.getElementById(focused)?.focus();
  }

  /** Until the list has come, the run that is followed. */
  #known(): readonly KnownRun[] {
    const { run } = this.#store;
    const isListed = this.#runs.some((known) => known.run.runId === run?.runId);
    return run === null || isListed ? this.#runs : [{ run, label: '' }, ...this.#runs];
  }

  #group(
    known: KnownRun,
    variants: readonly VariantSummary[],
    shown: readonly string[],
    isSearched: boolean,
  ): HTMLElement {
    const { run } = known;
    const { runId } = run;
    const isFollowed = runId === this.#store.run?.runId;
    const isOpen = this.#unfolded.get(runId) ?? (isFollowed || shown.length > 0);
    const best = bestAccuracy(run);
    const summary = element(
      'summary',
      { id: `run-${runId}` },
      element('b', {}, titleOf(known)),
      element(
        'span',
        { class: 'muted' },
        [
          ...(run.startedAt === undefined ? [] : [`started ${moment(run.startedAt)}`]),
          progressOf(run).state,
          ...(best === null ? [] : [`best ${percent(best)}`]),
          `${count(shown.length)} of ${count(run.variants.length)} shown`,
        ].join(' · '),
      ),
    );
    summary.addEventListener('click', () => this.#unfolded.set(runId, !group.open));
    const group = element(
      'details',
      { open: isOpen || isSearched },
      summary,
      element('ul', {}, ...variants.map((variant) => this.#item(run, variant, shown, isFollowed))),
    );
    return group;
  }

  #item(
    { runId }: RunSummary,
    { variant, state, testAccuracy }: VariantSummary,
    shown: readonly string[],
    isFollowed: boolean,
  ): HTMLElement {
    const isChosen = shown.includes(variant);
    const box = element('input', {
      type: 'checkbox',
      id: `choice-${runId}-${variant}`,
      // Something of the run that is followed always is there to see.
      disabled: isFollowed && isChosen && shown.length === 1,
    });
    box.checked = isChosen;
    box.addEventListener('change', () => {
      const variants = box.checked ? [...shown, variant] : shown.filter((name) => name !== variant);
      // What somebody is choosing from stays unfolded.
      this.#unfolded.set(runId, true);
      this.#choose({ runId, variants }, isFollowed);
    });
    const accuracy = testAccuracy === null ? '' : percent(testAccuracy);
    return element(
      'li',
      {},
      element(
        'label',
        {},
        box,
        element('span', { class: 'name' }, variant),
        element('span', { class: 'number' }, accuracy),
        element('span', { class: 'muted' }, state),
      ),
    );
  }

  #choose(changed: ShownVariants, isFollowed: boolean): void {
    const [followed, ...others] = this.#store.shown;
    if (isFollowed) {
      this.#events.choose({ followed: changed.variants, others });
      return;
    }
    const rest = others.filter(({ runId }) => runId !== changed.runId);
    this.#events.choose({
      followed: followed.variants,
      others: changed.variants.length > 0 ? [...rest, changed] : rest,
    });
  }
}

function titleOf({ run, label }: KnownRun): string {
  return label === '' ? run.name : `${run.name} ${label}`;
}

function fits(words: readonly string[], title: string, variant: string): boolean {
  const text = `${title} ${variant}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The best of the variants' last evaluations; null without one. */
function bestAccuracy({ variants }: RunSummary): number | null {
  const known = variants.flatMap(({ testAccuracy }) => testAccuracy ?? []);
  return known.length > 0 ? Math.max(...known) : null;
}
