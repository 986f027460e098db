/** What a person has opened and chosen on the page, kept where it survives hiding the page and reloading the window. */

interface SavedLayout {
  readonly closed?: readonly string[];
  readonly opened?: readonly string[];
  readonly openTables?: readonly string[];
  readonly filters?: Readonly<Record<string, string>>;
  readonly pages?: Readonly<Record<string, number>>;
  readonly scroll?: number;
}

export class Layout {
  /** Sections that are closed; all others are open. */
  readonly closed = new Set<string>();
  /** Batch normalizations whose channels are shown, by their node's index. */
  readonly opened = new Set<string>();
  readonly openTables = new Set<string>();
  readonly filters = new Map<string, string>();
  readonly pages = new Map<string, number>();
  /** Charts can hide variants; a file has none. */
  readonly hiddenVariants: ReadonlySet<string> = new Set();
  scroll = 0;
  readonly #save: (state: SavedLayout) => void;

  constructor(saved: unknown, save: (state: SavedLayout) => void) {
    this.#save = save;
    // It may be of another version of this page.
    if (typeof saved !== 'object' || saved === null) return;
    const layout = saved as SavedLayout;
    fill(this.closed, layout.closed);
    fill(this.opened, layout.opened);
    fill(this.openTables, layout.openTables);
    for (const [key, text] of entries(layout.filters)) this.filters.set(key, String(text));
    for (const [key, page] of entries(layout.pages)) this.pages.set(key, Number(page) || 0);
    this.scroll = Number(layout.scroll) || 0;
  }

  save(): void {
    this.#save({
      closed: [...this.closed],
      opened: [...this.opened],
      openTables: [...this.openTables],
      filters: Object.fromEntries(this.filters),
      pages: Object.fromEntries(this.pages),
      scroll: this.scroll,
    });
  }

  /** Puts a key in or takes it out; true when it is in now. */
  toggle(set: 'closed' | 'opened', key: string): boolean {
    const isIn = !this[set].delete(key);
    if (isIn) this[set].add(key);
    this.save();
    return isIn;
  }
}

function fill(set: Set<string>, items: unknown): void {
  for (const item of Array.isArray(items) ? items : []) set.add(String(item));
}

function entries<V>(record: Readonly<Record<string, V>> | undefined): [string, V][] {
  return typeof record === 'object' && record !== null ? Object.entries(record) : [];
}
