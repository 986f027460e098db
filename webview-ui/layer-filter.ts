/** Which kind of layer has rows: deep networks have dozens of layers, of which one compares a few. */
import { element } from './dom.ts';
import { count } from './format.ts';

/** A choice among the kinds of these layers and all of them; `chosen` is null for all. */
export function layerFilter(
  kinds: readonly string[],
  chosen: string | null,
  choose: (kind: string | null) => void,
): HTMLElement {
  const distinct = [...new Set(kinds)];
  const select = element(
    'select',
    {},
    element('option', { value: '' }, `all ${count(kinds.length)}`),
    ...distinct.map((kind) => {
      const same = kinds.filter((other) => other === kind).length;
      return element('option', { value: kind }, `${kind}, ${count(same)}`);
    }),
  );
  select.value = chosen !== null && distinct.includes(chosen) ? chosen : '';
  select.addEventListener('change', () => choose(select.value || null));
  return element('label', { class: 'filter' }, 'Layers shown ', select);
}
