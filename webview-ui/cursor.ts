/** The step that is pointed at, common to all charts. */

export class Cursor {
  /** Null while nothing is pointed at: charts then show the latest values. */
  step: number | null = null;
  /** Key of the chart that was pointed at, beside which the values are listed. */
  chart: string | null = null;
  #listeners = new Set<() => void>();

  point(step: number | null, chart: string | null): void {
    if (step === this.step && chart === this.chart) return;
    this.step = step;
    this.chart = step === null ? null : chart;
    for (const listener of this.#listeners) listener();
  }

  onMove(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Charts of a run that is no longer shown are not told any more. */
  clear(): void {
    this.#listeners.clear();
    this.step = null;
    this.chart = null;
  }
}
