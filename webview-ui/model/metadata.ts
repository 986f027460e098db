/** What the file says of itself, as keys and values; long values are cut until someone wants the whole. */
import type { Inspection } from '../../sidecar/protocol/inspect.ts';
import { button, element, setAttributes, setText } from '../dom.ts';
import { count } from '../format.ts';
import type { Layout } from './layout.ts';
import { pagedTable } from './paged-table.ts';
import type { SectionPlan } from './section.ts';
import { head, nameOf, visible } from './words.ts';

/** Characters and lines of a value that are shown at first. */
const shownAtFirst = { characters: 240, lines: 4 };

export function metadataSection({ metadata }: Inspection, layout: Layout): SectionPlan {
  return {
    key: 'metadata',
    title: 'Metadata',
    extent: metadata.length === 1 ? '1 entry' : `${count(metadata.length)} entries`,
    make: () =>
      pagedTable(
        {
          key: 'metadata',
          caption: 'Metadata of the model',
          noun: 'metadata entries',
          rows: metadata,
          columns: [
            { title: 'Key', kind: 'key-of', cell: ({ key }) => nameOf(key) },
            { title: 'Value', kind: 'value-of', cell: ({ value }) => expandable(value) },
          ],
          textOf: ({ key, value }) => `${key}\n${value}`,
        },
        layout,
      ),
  };
}

function expandable(value: string): HTMLElement {
  const text = element('bdi', { class: 'long-text' });
  const begin = beginning(value);
  const isLong = begin.length < value.length;
  const short = `${visible(begin, 'lines')}${isLong ? '…' : ''}`;
  setText(text, short);
  if (!isLong) return text;
  const more = button({ class: 'link', 'aria-expanded': 'false' }, () => {
    const isWhole = more.getAttribute('aria-expanded') === 'true';
    setText(text, isWhole ? short : visible(value, 'lines'));
    text.classList.toggle('whole', !isWhole);
    setAttributes(text, { tabindex: isWhole ? undefined : 0 });
    setAttributes(more, { 'aria-expanded': String(!isWhole) });
    setText(more, isWhole ? label : 'Show less');
  });
  const label = `Show all ${count(value.length)} characters`;
  setText(more, label);
  return element('div', {}, text, ' ', more);
}

function beginning(value: string): string {
  const start = head(value, shownAtFirst.characters);
  return start.split('\n', shownAtFirst.lines).join('\n');
}
