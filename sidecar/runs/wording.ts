/** How figures read in what a run says of itself. */
import type { Evaluation } from '../protocol/statistics.ts';

/** Three significant digits, without zeros that say nothing. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** `accuracy 97.12 %, loss 0.104` on the test set. */
export function result({ testAccuracy, testLoss }: Evaluation): string {
  const loss = testLoss === null ? 'a loss that is not finite' : `loss ${figure(testLoss)}`;
  return testAccuracy === null ? loss : `accuracy ${(100 * testAccuracy).toFixed(2)} %, ${loss}`;
}
