/** The batch normalizations of a model: a row for each, which opens to its channels. */
import type {
  ChannelProblem,
  InspectedBatchNorm,
  Inspection,
} from '../../sidecar/protocol/inspect.ts';
import { button, element, setAttributes } from '../dom.ts';
import { PictureChart } from '../explain/picture-chart.ts';
import { count, figure, shortest } from '../format.ts';
import { swatch } from '../series.ts';
import type { PictureStage } from '../stage.ts';
import { type ChannelValues, channelList, markOf, valuesOf } from './channel-marks.ts';
import { ChannelPicture } from './channels.ts';
import type { Layout } from './layout.ts';
import type { SectionPlan } from './section.ts';
import { cut, nameOf, sentence, visible } from './words.ts';

/** Rows made at a time. */
const atATime = 100;

/** What a page of a model has in common: how charts are drawn, and what is open. */
export interface ModelStage extends PictureStage {
  readonly layout: Layout;
}

export function batchNormSection(
  { batchNorms }: Inspection,
  stage: ModelStage,
  charts: PictureChart<number>[],
): SectionPlan {
  const troubled = batchNorms.filter(({ problems }) => problems.length > 0).length;
  const foldable = batchNorms.filter(({ folding }) => folding.into !== null).length;
  const extent =
    batchNorms.length === 0
      ? 'none'
      : [
          count(batchNorms.length),
          foldableText(foldable, batchNorms.length),
          ...(troubled > 0 ? [`${count(troubled)} with suspicious channels`] : []),
        ].join(', ');
  return {
    key: 'batchnorms',
    title: 'Batch normalizations',
    extent,
    make: () => {
      if (batchNorms.length === 0)
        return element('p', { class: 'muted' }, 'This model has no BatchNormalization node.');
      const list = element('ul', { class: 'batchnorms' });
      addRows(list, batchNorms, 0, stage, charts);
      return list;
    },
  };
}

function foldableText(foldable: number, all: number): string {
  if (foldable === 0) return 'none foldable';
  return foldable === all ? 'all foldable' : `${count(foldable)} foldable`;
}

function addRows(
  list: HTMLElement,
  all: readonly InspectedBatchNorm[],
  from: number,
  stage: ModelStage,
  charts: PictureChart<number>[],
): void {
  const next = from + atATime;
  list.append(...all.slice(from, next).map((each, at) => row(each, from + at, stage, charts)));
  if (next >= all.length) return;
  const label = `Show ${count(Math.min(atATime, all.length - next))} more`;
  const more = button(
    { class: 'secondary' },
    () => {
      holder.remove();
      addRows(list, all, next, stage, charts);
      list.children[next].querySelector('button')?.focus();
    },
    label,
  );
  const holder = element('li', {}, more);
  list.append(holder);
}

function row(
  batchNorm: InspectedBatchNorm,
  index: number,
  stage: ModelStage,
  charts: PictureChart<number>[],
): HTMLElement {
  const { name, channels, epsilon, problems } = batchNorm;
  const { layout } = stage;
  const key = String(batchNorm.node);
  const id = `batchnorm-${index}`;
  const panel = element('section', { class: 'panel', id, hidden: true });
  setAttributes(panel, { 'aria-label': `Channels of ${plainName(name)}` });
  const update = () => {
    const isOpen = layout.opened.has(key);
    if (isOpen && panel.childElementCount === 0)
      panel.append(...details(batchNorm, id, stage, charts));
    panel.hidden = !isOpen;
    setAttributes(opener, { 'aria-expanded': String(isOpen) });
  };
  const opener = button(
    { class: 'opener', 'aria-controls': id },
    () => {
      layout.toggle('opened', key);
      update();
    },
    nameOf(name),
  );
  update();
  return element(
    'li',
    { class: 'batchnorm' },
    element(
      'div',
      { class: 'line' },
      element('h3', {}, opener),
      element(
        'span',
        { class: 'muted' },
        channels === null ? 'channels unknown' : `${count(channels)} channels`,
      ),
      element('span', { class: 'muted' }, `ε ${shortest(rounded(epsilon))}`),
      ...problems.map(badge),
    ),
    fates(batchNorm),
    panel,
  );
}

/** What becomes of the node: by folding, and under the runtime as it is. */
function fates({ folding, runtime }: InspectedBatchNorm): HTMLElement {
  return element(
    'dl',
    { class: 'fates' },
    element(
      'div',
      {},
      element('dt', {}, 'Folding'),
      element(
        'dd',
        {},
        ...(folding.into === null
          ? ['not possible: ', sentence(folding.reason)]
          : ['goes into ', nameOf(folding.into)]),
      ),
    ),
    element(
      'div',
      {},
      element('dt', {}, 'onnxruntime'),
      element(
        'dd',
        {},
        ...(runtime.folds
          ? ['folds it by itself when it loads the model']
          : ['computes it: ', sentence(runtime.reason)]),
      ),
    ),
  );
}

function badge(problem: ChannelProblem): HTMLElement {
  const { marker, colour, word } = markOf(problem);
  return element(
    'span',
    {
      class: 'badge',
      'data-severity': problem.severity,
      title: visible(cut(problem.text, 400)),
    },
    swatch(marker, colour),
    `${count(problem.channels.length)} ${word}`,
  );
}

function details(
  batchNorm: InspectedBatchNorm,
  id: string,
  stage: ModelStage,
  charts: PictureChart<number>[],
): HTMLElement[] {
  const { momentum, epsilon, trainingMode, missing, problems, node } = batchNorm;
  const words = element(
    'p',
    { class: 'muted words' },
    `Node ${count(node)}. y = gamma · (x − mean) / √(variance + epsilon) + beta, epsilon ${shortest(rounded(epsilon))}. Momentum ${figure(momentum)}: the weight of the old running value, ${figure(1 - momentum)} in PyTorch’s meaning; it matters in training alone.`,
    ...(trainingMode
      ? [' This node is in training mode: it normalizes by the batch, not by these statistics.']
      : []),
  );
  const found = element(
    'ul',
    { class: 'problems' },
    ...problems.map((problem) => {
      const { marker, colour } = markOf(problem);
      const one = problem.channels.length === 1;
      const where = `${one ? 'Channel' : 'Channels'} ${channelList(problem.channels)}.`;
      return element(
        'li',
        {},
        swatch(marker, colour),
        sentence(problem.text),
        element('span', { class: 'muted' }, ` ${where}`),
      );
    }),
  );
  const shown = element('div', { class: 'charts' });
  const values = readValues(batchNorm);
  if (typeof values === 'string') {
    const reason = sentence(missing ?? values);
    return [words, found, element('p', {}, 'The values are not shown: ', reason)];
  }
  const name = plainName(batchNorm.name);
  for (const { quantity, title, hint, colour } of quantities) {
    const picture = new ChannelPicture({
      key: `${id}/${quantity}`,
      title,
      fullTitle: `${title} of ${name}`,
      hint,
      values: values[quantity],
      problems,
      colour,
      fromZero: quantity === 'gamma' || quantity === 'variance',
      mayBeLog: quantity === 'variance',
    });
    const chart = new PictureChart<number>(picture, stage, `${id}-${quantity}`);
    charts.push(chart);
    shown.append(chart.element);
  }
  return problems.length > 0 ? [words, found, shown] : [words, shown];
}

/** The values, or why there are none. */
function readValues(batchNorm: InspectedBatchNorm): ChannelValues | string {
  try {
    return valuesOf(batchNorm) ?? 'nothing is known of them.';
  } catch (error) {
    return (error as Error).message;
  }
}

const quantities = [
  {
    quantity: 'gamma',
    title: 'Gamma',
    colour: 0,
    hint: 'The scale of every channel. Near 0 the channel is constant whatever flows in: it is dead.',
  },
  {
    quantity: 'beta',
    title: 'Beta',
    colour: 0,
    hint: 'The shift of every channel: its mean after normalization.',
  },
  {
    quantity: 'mean',
    title: 'Running mean',
    colour: 2,
    hint: 'What is subtracted from every channel: the mean that training saw there.',
  },
  {
    quantity: 'variance',
    title: 'Running variance',
    colour: 2,
    hint: 'What every channel is divided by the root of. Zero, negative or exploding values give outputs that explode, vanish or are not numbers.',
  },
] as const;

/** A name within a text: short, and with nothing that turns it around. */
function plainName(name: string): string {
  return name === '' ? 'an unnamed node' : visible(cut(name, 64));
}

/** The shortest figure that is the same in float32, in which the file has it. */
function rounded(value: number): number {
  const short = Number(value.toPrecision(6));
  return Math.fround(short) === Math.fround(value) ? short : value;
}
