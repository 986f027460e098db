/** Turns the engine's statistics of a step into a row of history; runs in the trainer thread. */
import { bandLength } from '../engine/bands.ts';
import type { StatisticsField } from '../engine/statistics.ts';
import { isScalar } from './columns.ts';
import type { History } from './history.ts';

export class Recorder {
  readonly #history: History;
  /** By column behind the network's: which of the percentiles it is. */
  readonly #sources: readonly number[];
  #lossSum = 0;
  #accuracySum = 0;
  #steps = 0;

  constructor(fields: readonly StatisticsField[], history: History) {
    this.#history = history;
    this.#sources = fields.flatMap((field, index) => {
      const band = index * bandLength;
      return isScalar(field) ? [band] : Array.from({ length: bandLength }, (_, i) => band + i);
    });
  }

  /** Takes the loss and accuracy of every step, so that a row holds their mean since the row before. */
  add(loss: number, accuracy: number): void {
    this.#lossSum += loss;
    this.#accuracySum += accuracy;
    this.#steps += 1;
  }

  /** Appends a row from the percentiles of the statistics of `step`, three a field; a field of one number is all three. */
  record(step: number, learningRate: number, bands: Float32Array): void {
    const row = this.#history.draft();
    row[0] = step;
    row[1] = this.#lossSum / this.#steps;
    row[2] = this.#accuracySum / this.#steps;
    row[3] = learningRate;
    for (const [i, source] of this.#sources.entries()) row[4 + i] = bands[source];
    this.#history.commit();
    this.#lossSum = 0;
    this.#accuracySum = 0;
    this.#steps = 0;
  }
}
