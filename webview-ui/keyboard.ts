/** What keys do on a chart: move the cursor over recorded steps, and narrow or widen the window of steps. */
import type { Range } from './axes.ts';

export type KeyAction =
  | { readonly do: 'move'; readonly rows: number }
  | { readonly do: 'leave' }
  | { readonly do: 'zoom'; readonly factor: number }
  | { readonly do: 'show all' };

const far = Number.MAX_SAFE_INTEGER;

export function keyAction({ key, shiftKey }: { key: string; shiftKey: boolean }): KeyAction | null {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return { do: 'move', rows: shiftKey ? -10 : -1 };
    case 'ArrowRight':
    case 'ArrowUp':
      return { do: 'move', rows: shiftKey ? 10 : 1 };
    case 'PageDown':
      return { do: 'move', rows: -50 };
    case 'PageUp':
      return { do: 'move', rows: 50 };
    case 'Home':
      return { do: 'move', rows: -far };
    case 'End':
      return { do: 'move', rows: far };
    case 'Escape':
      return { do: 'leave' };
    case '+':
    case '=':
      return { do: 'zoom', factor: 0.5 };
    case '-':
      return { do: 'zoom', factor: 2 };
    case '0':
      return { do: 'show all' };
    default:
      return null;
  }
}

/** The window around a step, `factor` times as wide; null when it would show everything. */
export function zoomed(window: Range, all: Range, centre: number, factor: number): Range | null {
  const width = Math.max(4, (window[1] - window[0]) * factor);
  if (width >= all[1] - all[0]) return null;
  const from = Math.min(Math.max(all[0], centre - width / 2), all[1] - width);
  return [Math.round(from), Math.round(from + width)];
}
