/** Turns the engine's statistics of a step into a row of history; runs in the trainer thread. */
import type { StatisticsField } from '../engine/statistics.ts';
import { isScalar } from './columns.ts';
import type { History } from './history.ts';
import { writeBand } from './percentiles.ts';

export class Recorder {
  readonly #fields: readonly StatisticsField[];
  readonly #history: History;
  readonly #scratch: readonly Float32Array[];
  #lossSum = 0;
  #accuracySum = 0;
  #steps = 0;

  constructor(fields: readonly StatisticsField[], history: History) {
    this.#fields = fields;
    this.#history = history;
    this.#scratch = fields.map((field) => new Float32Array(field.length));
  }

  /** Takes the loss and accuracy of every step, so that a row holds their mean since the row before. */
  add(loss: number, accuracy: number): void {
    this.#lossSum += loss;
    this.#accuracySum += accuracy;
    this.#steps += 1;
  }

  /** Appends a row from the statistics block of `step`. */
  record(step: number, learningRate: number, block: Float32Array): void {
    const row = this.#history.draft();
    row[0] = step;
    row[1] = this.#lossSum / this.#steps;
    row[2] = this.#accuracySum / this.#steps;
    row[3] = learningRate;
    let at = 4;
    this.#fields.forEach((field, index) => {
      if (isScalar(field)) {
        row[at] = block[field.offset];
        at += 1;
        return;
      }
      const scratch = this.#scratch[index];
      scratch.set(block.subarray(field.offset, field.offset + field.length));
      writeBand(scratch, row, at);
      at += 3;
    });
    this.#history.commit();
    this.#lossSum = 0;
    this.#accuracySum = 0;
    this.#steps = 0;
  }
}
