/** What is known of a network that becomes a program. */
import type { Network, Normalization } from '../network/types.ts';

export interface Ejected {
  readonly network: Network;
  readonly normalization: Normalization;
  /** Class labels; null for regression. */
  readonly classes: readonly string[] | null;
  /** The network file's name. */
  readonly file: string;
  readonly variant: string;
  /** Of the data set. */
  readonly data: string;
  readonly producerVersion: string;
  /** Steps behind `trained.safetensors`; null where there is no such file. */
  readonly trainedSteps: number | null;
  /** Whether there is a part apart from training and test. */
  readonly validated: boolean;
  /** What a person changed while the run was on, as sentences: the program does not repeat it. */
  readonly changes: readonly string[];
}
