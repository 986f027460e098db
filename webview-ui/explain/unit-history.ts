/** A quantity of every unit of a layer over steps, taken out of the probes as they come. */
import type { UnitField } from '../../sidecar/protocol/probes.ts';
import type { VariantData } from '../store.ts';
import { decodeSlice } from './probes.ts';

export class UnitHistory {
  readonly variant: VariantData;
  readonly field: UnitField;
  /** Ascending. */
  readonly steps: number[] = [];
  /** Values of all units at each of the steps. */
  readonly columns: Float32Array[] = [];
  /** Of finite values. */
  readonly extent = {
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    minPositive: Number.POSITIVE_INFINITY,
  };
  #seen = 0;

  /** Null when the variant does not record the quantity. */
  static of(variant: VariantData, layer: string, quantity: string): UnitHistory | null {
    const field = variant.unitFields.find(
      (each) => each.layer === layer && each.quantity === quantity,
    );
    return field ? new UnitHistory(variant, field) : null;
  }

  private constructor(variant: VariantData, field: UnitField) {
    this.variant = variant;
    this.field = field;
  }

  /** Takes in the probes that have come since. */
  update(): void {
    const { probes } = this.variant;
    for (; this.#seen < probes.length; this.#seen++) {
      const { step, units } = probes[this.#seen];
      if (units === null) continue;
      const values = decodeSlice(units, this.field.offset, this.field.length);
      this.steps.push(step);
      this.columns.push(values);
      this.#widen(values);
    }
  }

  #widen(values: Float32Array): void {
    const { extent } = this;
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      if (value < extent.min) extent.min = value;
      if (value > extent.max) extent.max = value;
      if (value > 0 && value < extent.minPositive) extent.minPositive = value;
    }
  }
}
