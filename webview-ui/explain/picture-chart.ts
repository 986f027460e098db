/** A chart around a picture: heading, canvas with a mark at what is pointed at, and the table behind it. */
import { figuresCsv } from '../chart-csv.ts';
import { ChartHeading } from '../chart-heading.ts';
import { element, setAttributes } from '../dom.ts';
import type { Drawing } from '../drawing.ts';
import { type Exportable, exportMenu } from '../export-menu.ts';
import type { Drawable } from '../frames.ts';
import { keyAction, zoomed } from '../keyboard.ts';
import { Paced } from '../paced.ts';
import type { PictureStage } from '../stage.ts';
import { renderPlainTable } from '../table.ts';
import { TablePanel } from '../table-panel.ts';
import type { Part } from './part.ts';
import type { Picture } from './picture.ts';
import { recordPicture } from './recorder.ts';
import { prepare } from './surface.ts';

/** CSS pixels below which there is nothing to see, and by which a pointer must move to drag a window. */
const smallestWidth = 120;
const smallestDrag = 6;

/** Milliseconds between drawings of new data. */
const interval = 200;

/** Keys that move what is pointed at: to the right and upwards. */
const moves: Readonly<Record<string, readonly [right: number, up: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowDown: [0, -1],
  ArrowUp: [0, 1],
  Home: [Number.NEGATIVE_INFINITY, 0],
  End: [Number.POSITIVE_INFINITY, 0],
  PageDown: [0, Number.NEGATIVE_INFINITY],
  PageUp: [0, Number.POSITIVE_INFINITY],
};

export class PictureChart<Point> implements Drawable, Part, Exportable {
  readonly element: HTMLElement;
  readonly #picture: Picture<Point>;
  readonly #stage: PictureStage;
  readonly #heading: ChartHeading;
  readonly #canvas = element('canvas', { 'aria-hidden': 'true' });
  readonly #mark = element('div', { class: 'mark', hidden: true });
  readonly #crosshair = element('div', { class: 'crosshair', hidden: true });
  readonly #selection = element('div', { class: 'selection', hidden: true });
  readonly #box: HTMLElement;
  readonly #table: TablePanel;
  readonly #resized: ResizeObserver;
  #width = 0;
  #height = 0;
  #point: Point | null = null;
  #dragFrom: number | null = null;
  readonly #paced = new Paced(interval, () => this.#drawNow());
  #seenAs = '';
  #drawnState = '';
  #isDirty = true;

  /** `id` is unique in the page. */
  constructor(picture: Picture<Point>, stage: PictureStage, id: string) {
    this.#picture = picture;
    this.#stage = stage;
    const { fullTitle } = picture;
    const ids = { hint: `${id}-hint`, table: `${id}-table` };
    this.#heading = new ChartHeading(
      {
        key: picture.key,
        title: picture.title,
        fullTitle,
        hint: picture.hint,
        legend: '',
        log: 'never',
        format: 'figure',
        traces: [],
      },
      ids,
      { chooseScale: () => {}, toggleTable: () => this.#toggleTable() },
    );
    this.#heading.offer(exportMenu(fullTitle, this, stage.save));
    this.#box = element(
      'div',
      {
        class: 'picture',
        tabindex: 0,
        role: 'slider',
        'aria-label': `${fullTitle}, moved over with arrow keys`,
        'aria-valuenow': 0,
      },
      this.#canvas,
      this.#crosshair,
      this.#selection,
      this.#mark,
    );
    this.#table = new TablePanel(picture, ids.table, stage.view, () =>
      renderPlainTable(picture.table(), fullTitle),
    );
    this.element = element(
      'div',
      { class: 'chart pictured', role: 'group', 'aria-label': fullTitle },
      this.#heading.element,
      this.#heading.hint,
      this.#box,
      this.#table.element,
    );
    this.#listen();
    this.#heading.showTableState(this.#table.show());
    this.#resized = new ResizeObserver(([{ contentRect }]) => {
      this.#width = Math.floor(contentRect.width);
      this.#height = Math.floor(contentRect.height);
      this.invalidate();
    });
    this.#resized.observe(this.#box);
    stage.frames.watch(this);
  }

  invalidate(): void {
    this.#isDirty = true;
    this.request();
  }

  request(): void {
    this.#stage.frames.request(this);
  }

  applyTheme(): void {
    this.#seenAs = '';
    this.invalidate();
  }

  commit(): void {
    this.#draw();
    if (this.#isDirty) this.#table.update();
    this.#isDirty = false;
    this.#showCrosshair();
    this.#showPoint();
  }

  drawing(): Drawing {
    const drawing = recordPicture(this.#picture);
    // What was drawn last decides where things lie on the page.
    this.#seenAs = '';
    this.request();
    return drawing;
  }

  csv(): string {
    return figuresCsv(this.#picture.figures());
  }

  destroy(): void {
    this.#table.destroy();
    this.#paced.cancel();
    this.#resized.disconnect();
    this.#stage.frames.forget(this);
    this.#stage.tooltip.hide(this);
  }

  #draw(): void {
    const picture = this.#picture;
    const height = `${picture.height()}px`;
    if (this.#box.style.minHeight !== height) this.#box.style.minHeight = height;
    const size = { width: this.#width, height: this.#height };
    if (size.width < smallestWidth) return;
    const { view, cursor } = this.#stage;
    const chosen = [[...view.hiddenVariants], cursor.step, this.#stage.emphasized()];
    const seenAs = JSON.stringify([size, devicePixelRatio, chosen]);
    const state = picture.state();
    if (seenAs === this.#seenAs && state === this.#drawnState) return;
    const isOfData = seenAs === this.#seenAs;
    this.#seenAs = seenAs;
    // What a person does is seen at once, what data change when there is time to look at it.
    if (isOfData) this.#paced.request();
    else this.#paced.now();
  }

  #drawNow(): void {
    const picture = this.#picture;
    const size = { width: this.#width, height: this.#height };
    this.#drawnState = picture.state();
    picture.draw(prepare(this.#canvas, size, this.#stage.theme()));
    this.#heading.showLegend(picture.legend());
  }

  #showCrosshair(): void {
    const { steps } = this.#picture;
    if (!steps) return;
    const { step } = this.#stage.cursor;
    const [from, to] = this.#stage.steps();
    const isSeen = step !== null && step >= from && step <= to;
    this.#crosshair.hidden = !isSeen;
    if (isSeen) this.#crosshair.style.transform = `translateX(${steps.placeOf(step)}px)`;
  }

  #showPoint(): void {
    const point = this.#point;
    this.#mark.hidden = point === null;
    if (point === null) {
      this.#stage.tooltip.hide(this);
      return;
    }
    const { left, top, width, height } = this.#picture.place(point);
    const { style } = this.#mark;
    style.transform = `translate(${left}px, ${top}px)`;
    style.width = `${width}px`;
    style.height = `${height}px`;
    const { title, lines } = this.#picture.describe(point);
    const box = this.#box.getBoundingClientRect();
    const place = { x: box.left + left + width, top: box.top, bottom: box.bottom };
    this.#stage.tooltip.showLines(this, place, title, lines);
    if (document.activeElement === this.#box) {
      const said = lines.map(({ variant, cells }) => [variant?.name, ...cells].join(' ').trim());
      setAttributes(this.#box, { 'aria-valuetext': [title, ...said].join(', ') });
    }
  }

  #pointAt(point: Point | null): void {
    this.#point = point;
    const { steps, key } = this.#picture;
    if (steps) {
      const { cursor } = this.#stage;
      if (point !== null) cursor.point(steps.ofPoint(point), key);
      else if (cursor.chart === key) cursor.point(null, null);
    }
    this.request();
  }

  #listen(): void {
    const box = this.#box;
    box.addEventListener('pointermove', (event) => this.#onPointer(event));
    box.addEventListener('pointerleave', () => {
      if (this.#dragFrom === null) this.#pointAt(null);
    });
    box.addEventListener('keydown', (event) => this.#onKey(event));
    box.addEventListener('blur', () => this.#pointAt(null));
    if (!this.#picture.steps) return;
    box.addEventListener('pointerdown', (event) => {
      this.#dragFrom = this.#placeOf(event).x;
      box.setPointerCapture(event.pointerId);
    });
    box.addEventListener('pointerup', (event) => this.#endDrag(this.#placeOf(event).x));
    box.addEventListener('pointercancel', () => this.#endDrag(null));
    box.addEventListener('dblclick', () => this.#stage.selectSteps(null));
  }

  #placeOf({ clientX, clientY }: PointerEvent): { x: number; y: number } {
    const { left, top } = this.#box.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #onPointer(event: PointerEvent): void {
    const { x, y } = this.#placeOf(event);
    this.#pointAt(this.#picture.find(x, y));
    if (this.#dragFrom === null) return;
    const width = Math.abs(x - this.#dragFrom);
    this.#selection.hidden = width < smallestDrag;
    this.#selection.style.transform = `translateX(${Math.min(x, this.#dragFrom)}px)`;
    this.#selection.style.width = `${width}px`;
  }

  #endDrag(to: number | null): void {
    const from = this.#dragFrom;
    this.#dragFrom = null;
    this.#selection.hidden = true;
    const { steps } = this.#picture;
    if (from === null || to === null || !steps || Math.abs(to - from) < smallestDrag) return;
    const [start, end] = [from, to].sort((a, b) => a - b).map((x) => Math.round(steps.at(x)));
    if (end > start) this.#stage.selectSteps([start, end]);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { steps: stepsOfPicture } = this.#picture;
    const by = moves[event.key];
    const action = by ? null : keyAction(event);
    if (by) {
      const far = event.shiftKey ? 10 : 1;
      this.#pointAt(this.#picture.move(this.#point, by[0] * far, by[1] * far));
    } else if (action?.do === 'leave') this.#pointAt(null);
    else if (stepsOfPicture && action?.do === 'zoom') {
      const { steps, allSteps, cursor, selectSteps } = this.#stage;
      selectSteps(zoomed(steps(), allSteps(), cursor.step ?? allSteps()[1], action.factor));
    } else if (stepsOfPicture && action?.do === 'show all') this.#stage.selectSteps(null);
    else return;
    event.preventDefault();
  }

  #toggleTable(): void {
    this.#table.toggle();
    this.#heading.showTableState(this.#table.show());
    this.invalidate();
  }
}
