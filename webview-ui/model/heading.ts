/** The heading: what the file is, what flows in and out, what can be done with it, and the way to its parts. */
import type { InspectedValue, Inspection } from '../../sidecar/protocol/inspect.ts';
import type { FromModelEditor } from '../../sidecar/protocol/model-editor.ts';
import type { SnippetLanguage } from '../../sidecar/protocol/onnx.ts';
import { button, element, setAttributes, setEnabled } from '../dom.ts';
import { bytes, count } from '../format.ts';
import { shapeText } from './graph.ts';
import type { PageSection } from './section.ts';
import { cut, nameOf, visible } from './words.ts';

const languages: readonly { readonly language: SnippetLanguage; readonly title: string }[] = [
  { language: 'javascript', title: 'JavaScript' },
  { language: 'python', title: 'Python' },
  { language: 'csharp', title: 'C#' },
];

/** Inputs or outputs that are listed. */
const mostValues = 12;

interface Action {
  readonly button: HTMLButtonElement;
  /** Why it cannot be done in any workspace; null where it can. */
  readonly obstacle: string | null;
  readonly title: string;
}

export class Heading {
  readonly element: HTMLElement;
  readonly #actions: readonly Action[];

  constructor(
    name: string,
    inspection: Inspection,
    sections: readonly PageSection[],
    post: (message: FromModelEditor) => void,
  ) {
    this.#actions = [
      {
        button: button({ class: 'secondary' }, () => post({ type: 'fold' }), 'Fold BatchNorm…'),
        obstacle: foldingObstacle(inspection),
        title:
          'Write a copy whose batch normalizations are in the weights before them, and prove that it computes the same',
      },
      {
        button: button({ class: 'secondary' }, () => post({ type: 'validate' }), 'Validate Again'),
        obstacle:
          inspection.certificate === null
            ? 'Only a model that BatchNorm exported can be validated: nothing else says what it should compute.'
            : null,
        title: 'Run the model and compare it with its certificate',
      },
    ];
    this.element = element(
      'header',
      { class: 'heading' },
      element(
        'div',
        { class: 'line' },
        element('h1', {}, nameOf(name, 120)),
        element('p', { class: 'muted about' }, ...about(inspection)),
        element(
          'div',
          { class: 'actions' },
          ...this.#actions.map((each) => each.button),
          snippets(inspection, post),
        ),
      ),
      element('p', { class: 'flow-line' }, ...flow(inspection)),
      element('nav', { 'aria-label': 'Parts of the model' }, ...sections.map(link)),
    );
  }

  setTrusted(isTrusted: boolean): void {
    for (const { button: target, obstacle, title } of this.#actions) {
      const untrusted = isTrusted ? null : 'Only in a workspace that you trust.';
      setEnabled(target, (obstacle ?? untrusted) === null);
      setAttributes(target, { title: obstacle ?? untrusted ?? title });
    }
  }
}

function foldingObstacle({ batchNorms }: Inspection): string | null {
  if (batchNorms.length === 0) return 'This model has no batch normalization to fold.';
  return batchNorms.every(({ folding }) => folding.into === null)
    ? 'None of its batch normalizations can be folded; the list below says why.'
    : null;
}

/** One fact after the other, set apart by dots. */
function about({ bytes: size, producer, opsets, irVersion }: Inspection): (Node | string)[] {
  const made = [producer.name, producer.version].filter(Boolean).join(' ');
  const sets = opsets.slice(0, 4).map(({ domain, version }) => {
    const of = domain === '' || domain === 'ai.onnx' ? '' : ` of ${cut(domain, 40)}`;
    return visible(`opset ${version}${of}`);
  });
  const facts = [
    bytes(size),
    ...(made === '' ? [] : [`by ${visible(cut(made, 80))}`]),
    ...sets,
    ...(opsets.length > 4 ? [`${count(opsets.length - 4)} more opsets`] : []),
    `IR ${irVersion}`,
  ];
  return facts.flatMap((fact, at) => [...(at > 0 ? [' · '] : []), element('bdi', {}, fact)]);
}

function flow({ inputs, outputs }: Inspection): (Node | string)[] {
  const arrow = element('span', { 'aria-label': 'to', role: 'img' }, '→');
  return [...values(inputs, 'no inputs'), ' ', arrow, ' ', ...values(outputs, 'no outputs')];
}

function values(all: readonly InspectedValue[], none: string): (Node | string)[] {
  if (all.length === 0) return [element('span', { class: 'muted' }, none)];
  const shown = all.slice(0, mostValues).flatMap(({ name, type, shape }, at) => {
    const form = [shapeText(shape), type === null ? '' : visible(cut(type, 24))];
    const text = form.filter(Boolean).join(' ');
    return [
      ...(at > 0 ? [', '] : []),
      nameOf(name, 48),
      ' ',
      element('bdi', { class: 'muted' }, text),
    ];
  });
  const more = all.length - mostValues;
  return more > 0 ? [...shown, ` and ${count(more)} more`] : shown;
}

function snippets(
  { certificate }: Inspection,
  post: (message: FromModelEditor) => void,
): HTMLElement {
  const group = element(
    'div',
    { class: 'segments', role: 'group', 'aria-label': 'Copy a snippet that runs the model' },
    element('span', { class: 'muted' }, 'Copy snippet'),
    ...languages.map(({ language, title }) =>
      button(
        {
          class: 'segment',
          title: `Copy ${title} that runs this model on one example`,
          'aria-label': `Copy snippet in ${title}`,
        },
        () => post({ type: 'snippet', language }),
        title,
      ),
    ),
  );
  group.hidden = certificate === null;
  return group;
}

function link(section: PageSection): HTMLElement {
  const { title, extent } = section.plan;
  return button(
    { class: 'link' },
    () => section.reveal(),
    title,
    element('span', { class: 'muted' }, ` ${extent}`),
  );
}
