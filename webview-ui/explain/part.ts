/** Something drawn within a row. It is told what has changed, and asks for a frame where that concerns it. */
export interface Part {
  readonly element: HTMLElement;
  /** The data, or how they are shown, have changed. */
  invalidate(): void;
  /** Only the cursor has changed. */
  request(): void;
  applyTheme(): void;
  destroy(): void;
}
