/** A chart: heading, plot, and the table behind it, drawn when the data, the window or the cursor has changed. */
import { chartCsv } from './chart-csv.ts';
import { chartDrawing } from './chart-drawing.ts';
import { ChartHeading } from './chart-heading.ts';
import type { EventMark } from './control-text.ts';
import { element, setAttributes, setText } from './dom.ts';
import type { Drawing } from './drawing.ts';
import { type Exportable, exportMenu } from './export-menu.ts';
import { Extents } from './extents.ts';
import { count } from './format.ts';
import type { Drawable } from './frames.ts';
import { keyAction, zoomed } from './keyboard.ts';
import type { ChartPlan } from './plan.ts';
import { Plot, type PlotContent } from './plot.ts';
import { type Reading, readAt, sayAll, snapToRecorded, stepBy } from './reading.ts';
import type { Samples } from './samples.ts';
import type { Stage } from './stage.ts';
import { renderTable } from './table.ts';
import { tableContent } from './table-content.ts';
import { TablePanel } from './table-panel.ts';
import type { Trace } from './traces.ts';
import { valueAxis } from './value-axis.ts';

/** CSS pixels below which there is nothing to see. */
const smallestWidth = 60;
/** CSS pixels around the crosshair. */
const markReach = 6;

export class Chart implements Drawable, Exportable {
  readonly element: HTMLElement;
  readonly #plan: ChartPlan;
  readonly #stage: Stage;
  readonly #heading: ChartHeading;
  readonly #plotBox: HTMLElement;
  readonly #warning = element('p', { class: 'warning', hidden: true });
  readonly #table: TablePanel;
  readonly #resized: ResizeObserver;
  readonly #extents = new Extents();
  #plot: Plot | null = null;
  #size = { width: 0, height: 0 };
  #isLog = false;
  #isDirty = true;

  /** `id` is unique in the page. */
  constructor(plan: ChartPlan, stage: Stage, id: string) {
    this.#plan = plan;
    this.#stage = stage;
    const ids = { hint: `${id}-hint`, table: `${id}-table` };
    this.#heading = new ChartHeading(plan, ids, {
      chooseScale: (scale) => this.#chooseScale(scale),
      toggleTable: () => this.#toggleTable(),
    });
    this.#heading.offer(exportMenu(plan.fullTitle, this, stage.save));
    this.#plotBox = element('div', {
      class: 'plot',
      tabindex: 0,
      role: 'slider',
      'aria-label': `${plan.fullTitle}, cursor over steps`,
      'aria-valuemin': 0,
      'aria-valuemax': 0,
      'aria-valuenow': 0,
    });
    this.#table = new TablePanel(plan, ids.table, stage.view, () =>
      renderTable(tableContent(this.#shown(), stage.steps(), plan.format), plan.fullTitle),
    );
    this.element = element(
      'div',
      { class: 'chart', role: 'group', 'aria-label': plan.fullTitle },
      this.#heading.element,
      this.#heading.hint,
      this.#plotBox,
      this.#warning,
      this.#table.element,
    );
    this.#heading.showTableState(this.#table.show());
    this.#plotBox.addEventListener('keydown', (event) => this.#onKey(event));
    this.#plotBox.addEventListener('focus', () => this.request());
    this.#plotBox.addEventListener('blur', () => this.#leave());
    this.#resized = new ResizeObserver(([{ contentRect }]) => {
      const { width, height } = contentRect;
      this.#size = { width: Math.floor(width), height: Math.floor(height) };
      this.invalidate();
    });
    this.#resized.observe(this.#plotBox);
    stage.frames.watch(this);
  }

  /** The data, or how it is shown, has changed. */
  invalidate(): void {
    this.#isDirty = true;
    this.request();
  }

  /** Only the cursor has changed. */
  request(): void {
    this.#stage.frames.request(this);
  }

  /** Colours and fonts are the axes' from the start, so that a new theme takes a new plot. */
  applyTheme(): void {
    this.#plot?.destroy();
    this.#plot = null;
    this.invalidate();
  }

  commit(): void {
    const traces = this.#shown();
    if (this.#isDirty) {
      this.#isDirty = false;
      this.#draw(traces);
      this.#table.update();
    }
    this.#readAtCursor(traces);
  }

  drawing(): Drawing {
    return chartDrawing(this.#plan, this.#content(this.#shown()));
  }

  csv(): string {
    return chartCsv(this.#shown(), this.#stage.steps());
  }

  destroy(): void {
    this.#table.destroy();
    this.#resized.disconnect();
    this.#stage.frames.forget(this);
    this.#stage.tooltip.hide(this);
    this.#plot?.destroy();
  }

  #shown(): Trace[] {
    const { hiddenVariants } = this.#stage.view;
    return this.#plan.traces.filter(({ variant }) => !hiddenVariants.has(variant.name));
  }

  #draw(traces: readonly Trace[]): void {
    if (this.#size.width < smallestWidth) return;
    const content = this.#content(traces);
    this.#isLog = content.log;
    this.#plot ??= this.#makePlot();
    this.#plot.show(content, this.#size);
    this.#heading.showScale(content.log);
    setText(this.#warning, warningOf(content.drawn));
    this.#warning.hidden = this.#warning.textContent === '';
  }

  /** What there is to draw, on which axes. */
  #content(traces: readonly Trace[]): PlotContent {
    const drawn = traces.map((trace) => ({ trace, samples: trace.read() }));
    const steps = this.#stage.steps();
    const extent = this.#extents.of(drawn, steps);
    const chosen = this.#stage.view.scales.get(this.#plan.key);
    const { range: values, log } = valueAxis(this.#plan, extent, chosen, this.#isLog);
    const [emphasized, marks] = [this.#stage.emphasized(), this.#stage.marks()];
    return { drawn, steps, values, log, emphasized, marks };
  }

  #makePlot(): Plot {
    const { cursor, selectSteps } = this.#stage;
    return new Plot(this.#plotBox, this.#size, this.#plan.format, this.#stage.theme(), {
      point: (step) => cursor.point(step, this.#plan.key),
      select: selectSteps,
      snap: (step) => snapToRecorded(this.#shown(), step),
    });
  }

  #readAtCursor(traces: readonly Trace[]): void {
    const { cursor, tooltip } = this.#stage;
    const readings = readAt(traces, cursor.step);
    this.#heading.showReadings(readings, cursor.step);
    this.#plot?.pointAt(cursor.step);
    if (this.#plot && cursor.step !== null && cursor.chart === this.#plan.key) {
      const place = this.#plot.placeOf(cursor.step);
      tooltip.show(
        this,
        place,
        cursor.step,
        readings,
        this.#plan.format,
        this.#marksAt(cursor.step),
      );
    } else tooltip.hide(this);
    if (document.activeElement === this.#plotBox) this.#sayReadings(readings, traces);
  }

  /** What was changed so near to a step that the crosshair cannot tell them apart. */
  #marksAt(step: number): readonly EventMark[] {
    const [from, to] = this.#stage.steps();
    const reach = ((to - from) / Math.max(1, this.#size.width)) * markReach;
    return this.#stage.marks().filter((mark) => Math.abs(mark.step - step) <= reach);
  }

  #sayReadings(readings: readonly Reading[], traces: readonly Trace[]): void {
    const step = this.#stage.cursor.step ?? stepBy(traces, null, 0);
    if (step === null) return;
    setAttributes(this.#plotBox, {
      'aria-valuenow': step,
      'aria-valuemax': this.#stage.allSteps()[1],
      'aria-valuetext': sayAll(readings, step, this.#plan.format),
    });
  }

  #onKey(event: KeyboardEvent): void {
    const isShortcut = event.ctrlKey || event.metaKey || event.altKey;
    const action = isShortcut ? null : keyAction(event);
    if (!action) return;
    event.preventDefault();
    if (action.do === 'move') this.#move(action.rows);
    else if (action.do === 'leave') this.#leave();
    else if (action.do === 'zoom') this.#zoom(action.factor);
    else this.#stage.selectSteps(null);
  }

  #move(rows: number): void {
    const { cursor } = this.#stage;
    const [from, to] = this.#stage.steps();
    const next = stepBy(this.#shown(), cursor.step, rows);
    if (next !== null) cursor.point(Math.min(to, Math.max(from, next)), this.#plan.key);
  }

  #zoom(factor: number): void {
    const { cursor, steps, allSteps, selectSteps } = this.#stage;
    const centre = cursor.step ?? stepBy(this.#shown(), null, 0) ?? 0;
    selectSteps(zoomed(steps(), allSteps(), centre, factor));
  }

  #leave(): void {
    const { cursor } = this.#stage;
    if (cursor.chart === this.#plan.key) cursor.point(null, null);
  }

  #chooseScale(scale: 'log' | 'linear'): void {
    this.#stage.view.scales.set(this.#plan.key, scale);
    this.#stage.view.save();
    this.invalidate();
  }

  #toggleTable(): void {
    this.#table.toggle();
    this.#heading.showTableState(this.#table.show());
    this.invalidate();
  }
}

/** Says where values stopped being finite. */
function warningOf(drawn: readonly { trace: Trace; samples: Samples }[]): string {
  return drawn
    .filter(({ trace, samples }) => trace.mark === 'line' && samples.firstNonFinite >= 0)
    .map(({ trace, samples }) => {
      const { firstNonFinite, steps, mid, count: rows } = samples;
      const since = Number.isFinite(mid[rows - 1]) ? 'at' : 'from';
      return `${trace.variant.name} not finite ${since} step ${count(steps[firstNonFinite])}`;
    })
    .join('; ');
}
