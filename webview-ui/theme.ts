/** The editor's colours for the canvas, read from its tokens and read again when the theme changes. */
import { colourCount } from './series.ts';

export interface Theme {
  readonly background: string;
  readonly text: string;
  readonly grid: string;
  /** One colour a variant, by its place modulo their number. */
  readonly series: readonly string[];
  readonly font: string;
  /** High contrast asks for edges in place of tints. */
  readonly highContrast: boolean;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    background: token('--surface'),
    text: token('--muted'),
    grid: token('--grid'),
    series: Array.from({ length: colourCount }, (_, index) => token(`--series-${index}`)),
    font: `11px ${style.fontFamily}`,
    highContrast: /vscode-high-contrast/.test(document.body.className),
  };
}

/** Calls back when the editor has changed its theme: it sets classes on the body and tokens on the document. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributeFilter: ['style', 'class'] });
}
