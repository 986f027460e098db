/** The values at the crosshair, listed beside it: one line a variant. One for the whole page. */
import type { EventMark } from './control-text.ts';
import { element } from './dom.ts';
import { count } from './format.ts';
import type { ChartPlan } from './plan.ts';
import { type Reading, sayBand, sayValue } from './reading.ts';
import { swatch } from './series.ts';
import type { VariantData } from './store.ts';

/** The crosshair in the window. */
export interface Place {
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
}

export interface TipLine {
  readonly variant: VariantData | null;
  readonly cells: readonly string[];
}

/** CSS pixels between the crosshair and the list. */
const gap = 12;

export class Tooltip {
  /** Hidden from screen readers, which hear the chart's value instead. */
  readonly element = element('div', { class: 'tooltip', 'aria-hidden': 'true', hidden: true });
  #owner: object | null = null;

  /** Shows readings at a step. */
  show(
    owner: object,
    place: Place,
    step: number,
    readings: readonly Reading[],
    format: ChartPlan['format'],
    marks: readonly EventMark[] = [],
  ): void {
    const changes = marks.map(({ letter, text }) =>
      element('div', { class: 'change' }, element('span', { class: 'letter' }, letter), text),
    );
    this.#put(
      owner,
      place,
      `step ${count(step)}`,
      readingTable(readings, step, format),
      ...changes,
    );
  }

  /** Shows a line a variant, or one of what is not a variant's. */
  showLines(owner: object, place: Place, title: string, lines: readonly TipLine[]): void {
    const rows = lines.map(({ variant, cells }) =>
      element(
        'tr',
        {},
        ...(variant ? [element('td', {}, swatch(variant.index), variant.name)] : []),
        ...cells.map((cell) => element('td', {}, cell)),
      ),
    );
    this.#put(owner, place, title, element('table', {}, element('tbody', {}, ...rows)));
  }

  /** On the side of the crosshair where there is room, else below or above the plot. */
  #put(owner: object, place: Place, title: string, ...content: HTMLElement[]): void {
    this.#owner = owner;
    this.element.replaceChildren(element('p', {}, title), ...content);
    this.element.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const [left, top] = fit(place, width, height);
    this.element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  /** Hides what this owner has shown; another's stays. */
  hide(owner: object): void {
    if (this.#owner !== owner) return;
    this.#owner = null;
    this.element.hidden = true;
  }
}

function fit(
  { x, top, bottom }: Place,
  width: number,
  height: number,
): [left: number, top: number] {
  const beside = Math.max(4, Math.min(top, innerHeight - height - 4));
  if (x + gap + width < innerWidth) return [x + gap, beside];
  if (x - gap - width > 0) return [x - gap - width, beside];
  const left = Math.max(4, Math.min(x - width / 2, innerWidth - width - 4));
  const below = bottom + gap * 2;
  return [left, below + height < innerHeight ? below : Math.max(4, top - height - gap)];
}

/** A line a variant; the last column has what is drawn as dots, or says that the line is something else. */
function readingTable(
  readings: readonly Reading[],
  step: number,
  format: ChartPlan['format'],
): HTMLElement {
  const dots = readings.filter(({ trace }) => trace.mark === 'dots');
  const lines = readings.filter(({ trace }) => trace.mark !== 'dots');
  const usual = dots[0] ? labelBeside(dots[0], lines) : lines[0]?.trace.label;
  const rows = lines.map((line) => {
    const { variant, label } = line.trace;
    const dot = dots.find(({ trace }) => trace.variant === variant);
    const last = dot ? sayValueAt(dot, step, format) : label === usual ? '' : label;
    return element(
      'tr',
      {},
      element('td', {}, swatch(variant.index), variant.name),
      element('td', {}, sayValueAt(line, step, format)),
      element('td', { class: 'muted' }, sayBand(line)),
      element('td', { class: dot ? '' : 'muted' }, last),
    );
  });
  const head = (text = '') => element('th', { class: 'muted' }, text);
  const heading = dots[0]
    ? [element('tr', {}, head(), head(usual), head(), head(dots[0].trace.label))]
    : [];
  return element('table', {}, element('tbody', {}, ...heading, ...rows));
}

/** What the line of a variant with dots is called. */
function labelBeside(dot: Reading, lines: readonly Reading[]): string | undefined {
  return lines.find(({ trace }) => trace.variant === dot.trace.variant)?.trace.label;
}

/** Evaluations are rarer than steps: their own step is said where it is another. */
function sayValueAt(reading: Reading, step: number, format: ChartPlan['format']): string {
  const isElsewhere = reading.step !== null && reading.step !== step;
  const at = isElsewhere ? ` at ${count(reading.step!)}` : '';
  return `${sayValue(reading, format)}${at}`;
}
