/**
 * What a person has chosen, a layout for every network file, kept where it survives hiding and reloading the dashboard.
 */
import type { Choice } from './store.ts';

/** Steps shown at the end of what there is: a share of them, or so many. */
export type Recent = { readonly share: number } | { readonly steps: number };

interface Layout {
  /** The run last shown. */
  readonly runId?: string;
  readonly choice?: Choice;
  readonly hiddenVariants?: readonly string[];
  readonly scales?: Readonly<Record<string, 'log' | 'linear'>>;
  readonly openTables?: readonly string[];
  /** Names of what is unfolded besides: panels, findings, sections of layers such as `sigmoid1/saturation`. */
  readonly openPanels?: readonly string[];
  /** What was chosen within sections, such as a unit. */
  readonly choices?: Readonly<Record<string, string>>;
  readonly exportVariant?: string;
  /** The kind of layer that has rows; null for all. */
  readonly kind?: string | null;
  /** Steps shown, when not all. */
  readonly window?: readonly [from: number, to: number] | null;
  readonly recent?: Recent | null;
  readonly scroll?: number;
  readonly view?: 'live' | 'report';
  /** The layer that the cursor in the network file stands on. */
  readonly highlighted?: string | null;
}

interface SavedState {
  /** The file last shown. */
  readonly uri?: string;
  readonly files?: Readonly<Record<string, Layout>>;
}

/** Files whose layout is kept; the one that was shown longest ago goes first. */
const mostFiles = 30;

const everything: Choice = { followed: null, others: [] };

export class ViewState {
  choice: Choice = everything;
  readonly hiddenVariants = new Set<string>();
  readonly scales = new Map<string, 'log' | 'linear'>();
  readonly openTables = new Set<string>();
  readonly openPanels = new Set<string>();
  readonly choices = new Map<string, string>();
  exportVariant: string | undefined;
  kind: string | null = null;
  window: readonly [from: number, to: number] | null = null;
  recent: Recent | null = null;
  scroll = 0;
  view: 'live' | 'report' = 'live';
  highlighted: string | null = null;
  #uri: string | undefined;
  #runId: string | undefined;
  #files = new Map<string, Layout>();
  readonly #save: (state: SavedState) => void;

  constructor(saved: unknown, save: (state: SavedState) => void) {
    this.#save = save;
    this.restore(saved);
  }

  /** Takes what was saved, unless something is known already. */
  restore(saved: unknown): void {
    if (this.#files.size > 0 || saved === undefined || saved === null) return;
    const { uri, files } = saved as SavedState;
    this.#files = new Map(entriesOf(files));
    this.#uri = uri;
    this.#load(uri === undefined ? {} : (this.#files.get(uri) ?? {}));
  }

  save(): void {
    if (this.#uri === undefined) return;
    this.#files.delete(this.#uri);
    this.#files.set(this.#uri, this.#layout());
    const [oldest] = this.#files.keys();
    if (this.#files.size > mostFiles) this.#files.delete(oldest);
    this.#save({ uri: this.#uri, files: Object.fromEntries(this.#files) });
  }

  /**
   * Another file comes with its own layout; another run of the same file keeps what was chosen, but for a window of
   * steps that it will never reach.
   */
  openRun(runId: string, uri: string, steps: number): void {
    if (uri !== this.#uri) {
      this.#uri = uri;
      this.#load(this.#files.get(uri) ?? {});
    }
    if (runId === this.#runId) return;
    this.#runId = runId;
    if (this.window !== null && this.window[1] > steps) this.window = null;
    this.save();
  }

  /** Opens or closes a panel; true when it is open now. */
  toggle(panel: string): boolean {
    const isOpen = !this.openPanels.delete(panel);
    if (isOpen) this.openPanels.add(panel);
    this.save();
    return isOpen;
  }

  #load(layout: Layout): void {
    this.#runId = layout.runId;
    this.choice = isChoice(layout.choice) ? layout.choice : everything;
    refill(this.hiddenVariants, layout.hiddenVariants);
    refill(this.openTables, layout.openTables);
    refill(this.openPanels, layout.openPanels);
    refillMap(this.scales, layout.scales);
    refillMap(this.choices, layout.choices);
    this.exportVariant = layout.exportVariant;
    this.kind = layout.kind ?? null;
    this.window = layout.window?.length === 2 ? layout.window : null;
    this.recent = layout.recent ?? null;
    this.scroll = layout.scroll ?? 0;
    this.view = layout.view ?? 'live';
    this.highlighted = layout.highlighted ?? null;
  }

  #layout(): Layout {
    return {
      runId: this.#runId,
      choice: this.choice,
      hiddenVariants: [...this.hiddenVariants],
      scales: Object.fromEntries(this.scales),
      openTables: [...this.openTables],
      openPanels: [...this.openPanels],
      choices: Object.fromEntries(this.choices),
      exportVariant: this.exportVariant,
      kind: this.kind,
      window: this.window,
      recent: this.recent,
      scroll: this.scroll,
      view: this.view,
      highlighted: this.highlighted,
    };
  }
}

// What was saved may be of another version of this page, which had other shapes.

function isChoice(choice: Choice | undefined): choice is Choice {
  if (!Array.isArray(choice?.others)) return false;
  const lists = [choice.followed ?? [], ...choice.others.map((other) => other?.variants)];
  return lists.every(Array.isArray);
}

function refill(set: Set<string>, items: readonly string[] | undefined): void {
  set.clear();
  for (const item of Array.isArray(items) ? items : []) set.add(item);
}

function refillMap<V>(map: Map<string, V>, record: Readonly<Record<string, V>> | undefined): void {
  map.clear();
  for (const [key, value] of entriesOf(record)) map.set(key, value);
}

function entriesOf<V>(record: Readonly<Record<string, V>> | undefined): [string, V][] {
  return typeof record === 'object' && record !== null ? Object.entries(record) : [];
}
