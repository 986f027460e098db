/** The graph as a list: every node with what flows into it and out of it. */
import type { Dimension, InspectedNode, Inspection } from '../../sidecar/protocol/inspect.ts';
import { element } from '../dom.ts';
import { count } from '../format.ts';
import type { Layout } from './layout.ts';
import { pagedTable } from './paged-table.ts';
import type { SectionPlan } from './section.ts';
import { cut, nameOf, visible } from './words.ts';

/** A kind of tensor, as far as it is known. */
interface Form {
  readonly type: string | null;
  readonly shape: readonly Dimension[] | null;
}

interface Numbered {
  readonly index: number;
  readonly node: InspectedNode;
}

/** Inputs, outputs or attributes of one node that are listed. */
const mostListed = 24;

export function graphSection(inspection: Inspection, layout: Layout): SectionPlan {
  const { nodes } = inspection;
  return {
    key: 'graph',
    title: 'Graph',
    extent: nodes.length === 1 ? '1 node' : `${count(nodes.length)} nodes`,
    make: () => makeTable(inspection, layout),
  };
}

function makeTable(inspection: Inspection, layout: Layout): HTMLElement {
  const forms = formsOf(inspection);
  const flow = (names: readonly string[]) =>
    list(names.map((name) => value(name, forms.get(name) ?? { type: null, shape: null })));
  return pagedTable<Numbered>(
    {
      key: 'graph',
      caption: 'Nodes of the graph, in the order of the file',
      noun: 'nodes',
      rows: inspection.nodes.map((node, index) => ({ index, node })),
      columns: [
        { title: '#', kind: 'index', cell: ({ index }) => count(index) },
        { title: 'Operator', kind: 'operator', cell: ({ node }) => operator(node) },
        { title: 'Name', kind: 'called', cell: ({ node }) => nameOf(node.name) },
        { title: 'Inputs', kind: 'flow', cell: ({ node }) => flow(node.inputs) },
        {
          title: 'Outputs',
          kind: 'flow',
          cell: ({ node }) => flow(node.outputs.map(({ name }) => name)),
        },
        { title: 'Attributes', kind: 'attributes', cell: ({ node }) => attributes(node) },
      ],
      textOf: ({ node }) =>
        [
          node.opType,
          node.name,
          node.domain,
          ...node.inputs,
          ...node.outputs.map(({ name }) => name),
          ...node.attributes.map(({ name }) => name),
        ].join('\n'),
    },
    layout,
  );
}

/** `[N, 3, 28, 28]`; a question mark for what is not known. */
export function shapeText(shape: readonly Dimension[] | null): string {
  if (shape === null) return '';
  return `[${shape.map((each) => (each === null ? '?' : visible(cut(String(each), 24)))).join(', ')}]`;
}

/** Type and shape, as far as they are known. */
export function formText({ type, shape }: Form): string {
  return [type === null ? '' : visible(cut(type, 24)), shapeText(shape)].filter(Boolean).join(' ');
}

function formsOf({ inputs, tensors, nodes }: Inspection): ReadonlyMap<string, Form> {
  const forms = new Map<string, Form>();
  for (const each of [...inputs, ...tensors]) forms.set(each.name, each);
  for (const { outputs } of nodes) for (const each of outputs) forms.set(each.name, each);
  return forms;
}

function operator({ opType, domain }: InspectedNode): HTMLElement {
  return element(
    'span',
    {},
    nameOf(opType, 48),
    ...(domain === '' ? [] : [element('span', { class: 'muted' }, ' ', nameOf(domain, 48))]),
  );
}

function value(name: string, form: Form): HTMLElement {
  if (name === '') return element('span', { class: 'muted' }, 'left out');
  return element(
    'span',
    {},
    nameOf(name),
    ' ',
    element('bdi', { class: 'muted form' }, formText(form)),
  );
}

function attributes({ attributes: all }: InspectedNode): HTMLElement {
  return list(
    all.map(({ name, text }) =>
      element(
        'span',
        {},
        nameOf(name, 48),
        ' ',
        element('bdi', { class: 'muted' }, visible(cut(text, 120))),
      ),
    ),
  );
}

function list(items: readonly HTMLElement[]): HTMLElement {
  const more = items.length - mostListed;
  return element(
    'ul',
    {},
    ...items.slice(0, mostListed).map((item) => element('li', {}, item)),
    ...(more > 0 ? [element('li', { class: 'muted' }, `and ${count(more)} more`)] : []),
  );
}
