/** What all charts of a page share. */
import type { Range } from './axes.ts';
import type { EventMark } from './control-text.ts';
import type { Cursor } from './cursor.ts';
import type { SavedFile } from './export-menu.ts';
import type { Frames } from './frames.ts';
import type { Theme } from './theme.ts';
import type { Tooltip } from './tooltip.ts';
import type { ViewState } from './view-state.ts';

export interface Stage {
  readonly frames: Frames;
  readonly cursor: Cursor;
  readonly view: ViewState;
  readonly tooltip: Tooltip;
  theme(): Theme;
  /** The window of steps on every step axis. */
  steps(): Range;
  /** All steps that there are to show. */
  allSteps(): Range;
  selectSteps(window: Range | null): void;
  /** The variant whose chip is pointed at; others step back. */
  emphasized(): string | null;
  /** What a person has changed about what is shown, by step. */
  marks(): readonly EventMark[];
  /** Saves a chart where the user wants it. */
  save(file: SavedFile): void;
}

/** What a chart needs whose horizontal axis need not be steps. */
export type PictureStage = Pick<
  Stage,
  | 'frames'
  | 'cursor'
  | 'tooltip'
  | 'theme'
  | 'steps'
  | 'allSteps'
  | 'selectSteps'
  | 'emphasized'
  | 'save'
> & {
  readonly view: Pick<ViewState, 'openTables' | 'save'> & {
    readonly hiddenVariants: ReadonlySet<string>;
  };
};
