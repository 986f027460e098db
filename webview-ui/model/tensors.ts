/** The tensors of a file, the largest first; what their values are is asked for when someone wants to know. */
import type { InspectedTensor, Inspection, TensorSummary } from '../../sidecar/protocol/inspect.ts';
import { button, element, setAttributes } from '../dom.ts';
import { absent, bytes, count, figure, percent } from '../format.ts';
import { formText } from './graph.ts';
import type { Layout } from './layout.ts';
import { pagedTable } from './paged-table.ts';
import type { SectionPlan } from './section.ts';
import { nameOf, sentence } from './words.ts';

/** What became of a question about a tensor. */
export type TensorAnswer =
  | { readonly summary: TensorSummary; readonly reason: null }
  | { readonly summary: null; readonly reason: string };

/** Asks once a tensor, and tells what shows it when there is an answer. */
export interface TensorQuestions {
  answer(tensor: string): TensorAnswer | undefined;
  ask(tensor: string, answered: (answer: TensorAnswer) => void): void;
}

export function tensorSection(
  { tensors }: Inspection,
  layout: Layout,
  questions: TensorQuestions,
): SectionPlan {
  const sum = tensors.reduce((all, each) => all + each.bytes, 0);
  const rows = tensors.toSorted((a, b) => b.bytes - a.bytes);
  const largest = rows[0]?.bytes ?? 0;
  return {
    key: 'tensors',
    title: 'Tensors',
    extent: `${count(tensors.length)}, ${bytes(sum)} of values`,
    make: () =>
      pagedTable<InspectedTensor>(
        {
          key: 'tensors',
          caption: 'Tensors that the file holds, the largest first',
          noun: 'tensors',
          rows,
          columns: [
            { title: 'Tensor', kind: 'tensor', cell: (tensor) => opener(tensor, questions) },
            { title: 'Type and shape', kind: 'form', cell: form },
            { title: 'Size', kind: 'size', cell: (tensor) => bytes(tensor.bytes) },
            {
              title: 'Share of all',
              kind: 'share',
              cell: (tensor) => share(tensor.bytes, sum, largest),
            },
          ],
          textOf: ({ name, type, external }) => [name, type, external ?? ''].join('\n'),
        },
        layout,
      ),
  };
}

function form(tensor: InspectedTensor): HTMLElement {
  return element(
    'span',
    {},
    element('bdi', {}, formText(tensor)),
    ...(tensor.external === null
      ? []
      : [element('span', { class: 'muted' }, ' in ', nameOf(tensor.external))]),
    ...(tensor.problem === null
      ? []
      : [element('p', { class: 'warning' }, sentence(tensor.problem))]),
  );
}

/** A bar as long as its share of the largest one, and the share of all in figures. */
function share(own: number, sum: number, largest: number): HTMLElement {
  const bar = element('span', { class: 'portion', 'aria-hidden': 'true' });
  bar.style.width = `${largest === 0 ? 0 : (own / largest) * 100}%`;
  return element(
    'span',
    { class: 'portions' },
    element('span', { class: 'track' }, bar),
    element('span', { class: 'number' }, sum === 0 ? absent : percent(own / sum)),
  );
}

/** The tensor's name, which opens what its values sum up to. */
function opener(tensor: InspectedTensor, questions: TensorQuestions): HTMLElement {
  const { name } = tensor;
  const summary = element('div', { class: 'summary-of', role: 'status', hidden: true });
  if (tensor.problem !== null) return nameOf(name);
  const show = (answer: TensorAnswer) => {
    summary.replaceChildren(
      answer.summary === null ? sentence(answer.reason) : facts(answer.summary),
    );
  };
  const made = button(
    { class: 'opener', 'aria-expanded': 'false' },
    () => {
      summary.hidden = !summary.hidden;
      setAttributes(made, { 'aria-expanded': String(!summary.hidden) });
      const known = questions.answer(name);
      if (known !== undefined) show(known);
      else if (!summary.hidden) {
        summary.replaceChildren('Reading…');
        questions.ask(name, show);
      }
    },
    nameOf(name),
  );
  return element('div', {}, made, summary);
}

function facts(summary: TensorSummary): HTMLElement {
  const said = (value: number | null) => (value === null ? absent : figure(value));
  const pairs = [
    ['smallest', said(summary.minimum)],
    ['largest', said(summary.maximum)],
    ['mean', said(summary.mean)],
    ['deviation', said(summary.deviation)],
    ['zeros', count(summary.zeros)],
    ['not finite', count(summary.nonFinite)],
    ['values', count(summary.count)],
  ];
  return element(
    'dl',
    { class: 'facts' },
    ...pairs.map(([term, value]) =>
      element('div', {}, element('dt', {}, term), element('dd', {}, value)),
    ),
  );
}
