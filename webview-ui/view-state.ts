/** What a person has chosen, kept where it survives hiding and reloading the dashboard. */

export interface SavedState {
  /** The run last shown, from which the extension finds it again after a restart. */
  readonly uri?: string;
  readonly runId?: string;
  readonly hiddenVariants?: readonly string[];
  readonly scales?: Readonly<Record<string, 'log' | 'linear'>>;
  readonly openTables?: readonly string[];
  /** Names of what is unfolded besides, such as `sigmoid1/saturation`. */
  readonly openPanels?: readonly string[];
  /** What was chosen within sections, such as a unit. */
  readonly choices?: Readonly<Record<string, string>>;
  readonly exportVariant?: string;
  /** The kind of layer that has rows; null for all. */
  readonly kind?: string | null;
  /** Steps shown, when not all. */
  readonly window?: readonly [from: number, to: number] | null;
  readonly scroll?: number;
  /** The layer that the cursor in the network file stands on. */
  readonly highlighted?: string | null;
}

export class ViewState {
  uri: string | undefined;
  runId: string | undefined;
  readonly hiddenVariants: Set<string>;
  readonly scales: Map<string, 'log' | 'linear'>;
  readonly openTables: Set<string>;
  readonly openPanels: Set<string>;
  readonly choices: Map<string, string>;
  exportVariant: string | undefined;
  kind: string | null;
  window: readonly [from: number, to: number] | null;
  scroll: number;
  highlighted: string | null;
  #save: (state: SavedState) => void;

  constructor(saved: unknown, save: (state: SavedState) => void) {
    const state = (saved ?? {}) as SavedState;
    this.uri = state.uri;
    this.runId = state.runId;
    this.hiddenVariants = new Set(state.hiddenVariants);
    this.scales = new Map(Object.entries(state.scales ?? {}));
    this.openTables = new Set(state.openTables);
    this.openPanels = new Set(state.openPanels);
    this.choices = new Map(Object.entries(state.choices ?? {}));
    this.exportVariant = state.exportVariant;
    this.kind = state.kind ?? null;
    this.window = state.window ?? null;
    this.scroll = state.scroll ?? 0;
    this.highlighted = state.highlighted ?? null;
    this.#save = save;
  }

  save(): void {
    this.#save({
      uri: this.uri,
      runId: this.runId,
      hiddenVariants: [...this.hiddenVariants],
      scales: Object.fromEntries(this.scales),
      openTables: [...this.openTables],
      openPanels: [...this.openPanels],
      choices: Object.fromEntries(this.choices),
      exportVariant: this.exportVariant,
      kind: this.kind,
      window: this.window,
      scroll: this.scroll,
      highlighted: this.highlighted,
    });
  }

  /** Another run starts with all its steps in view, another network at its top; what is shown stays as chosen. */
  openRun(runId: string, uri: string): void {
    if (runId === this.runId) return;
    if (uri !== this.uri) this.scroll = 0;
    this.runId = runId;
    this.uri = uri;
    this.window = null;
    this.save();
  }
}
