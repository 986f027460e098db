/** How results read in what a run says of itself. */
import { brief } from '../figures.ts';
import type { Evaluation } from '../protocol/statistics.ts';

/** `accuracy 97.12 %, loss 0.104` on the test set. */
export function result({ testAccuracy, testLoss }: Evaluation): string {
  const loss = testLoss === null ? 'a loss that is not finite' : `loss ${brief(testLoss)}`;
  return testAccuracy === null ? loss : `accuracy ${(100 * testAccuracy).toFixed(2)} %, ${loss}`;
}
