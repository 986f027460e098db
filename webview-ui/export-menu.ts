/** A small menu at a chart's heading that saves the chart: as a drawing, a picture, or its figures. */
import { button, element, icon, setAttributes } from './dom.ts';
import { type Drawing, toPng, toSvg } from './drawing.ts';

/** What a chart gives away, made when it is asked for. */
export interface Exportable {
  drawing(): Drawing;
  csv(): string;
}

export interface SavedFile {
  readonly name: string;
  readonly format: 'svg' | 'png' | 'csv';
  readonly content: string;
}

const saveIcon = 'M8 2.5v7M5 6.8L8 9.8L11 6.8M3 11v2.5h10V11';

const items = [
  { format: 'svg', text: 'Save as SVG' },
  { format: 'png', text: 'Save as PNG' },
  { format: 'csv', text: 'Save figures as CSV' },
] as const;

/** The button with its menu; `title` names the chart and the file. */
export function exportMenu(
  title: string,
  chart: Exportable,
  save: (file: SavedFile) => void,
): HTMLElement {
  const close = (isFocused: boolean) => {
    menu.hidden = true;
    setAttributes(opener, { 'aria-expanded': 'false' });
    removeEventListener('pointerdown', closeOutside);
    if (isFocused) opener.focus();
  };
  const closeOutside = ({ target }: PointerEvent) => {
    if (!holder.contains(target as Node)) close(false);
  };
  const opener = button(
    {
      class: 'quiet',
      title: 'Save the chart',
      'aria-label': `Save ${title}`,
      'aria-haspopup': 'menu',
      'aria-expanded': 'false',
    },
    () => {
      if (!menu.hidden) return close(true);
      menu.hidden = false;
      setAttributes(opener, { 'aria-expanded': 'true' });
      addEventListener('pointerdown', closeOutside);
      menu.querySelector('button')?.focus();
    },
    icon(saveIcon),
  );
  const menu = element(
    'div',
    { class: 'menu', role: 'menu', 'aria-label': `Save ${title}`, hidden: true },
    ...items.map(({ format, text }) =>
      button(
        { role: 'menuitem', tabindex: -1 },
        () => {
          close(true);
          void contentOf(chart, format).then((content) => save({ name: title, format, content }));
        },
        text,
      ),
    ),
  );
  menu.addEventListener('keydown', (event) => {
    const entries = [...menu.querySelectorAll('button')];
    const place = entries.indexOf(document.activeElement as HTMLButtonElement);
    const next = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: -1 }[event.key];
    if (event.key === 'Escape' || event.key === 'Tab') close(true);
    if (event.key === 'Escape') event.preventDefault();
    if (next === undefined) return;
    event.preventDefault();
    entries.at(next % entries.length)?.focus();
  });
  const holder = element('div', { class: 'export-menu' }, opener, menu);
  return holder;
}

async function contentOf(chart: Exportable, format: SavedFile['format']): Promise<string> {
  if (format === 'csv') return chart.csv();
  return format === 'svg' ? toSvg(chart.drawing()) : toPng(chart.drawing());
}
