/** Taking a network away as PyTorch code. */
import { RequestType } from 'vscode-languageserver-protocol';

export interface EjectParams {
  readonly runId: string;
  readonly variant: string;
  /** The run's folder, for a run that an earlier sidecar has saved; null when it was never saved. */
  readonly folder: string | null;
  /** Absolute path of the folder to write: a new or an empty one. */
  readonly target: string;
}

export interface EjectResult {
  readonly folder: string;
  /** What was written, relative to the folder; the program first. */
  readonly files: readonly string[];
}

/** Client to server: write a variant as a PyTorch program with its weights and data. Needs trust. Rejects with a sentence. */
export const ejectPytorch = new RequestType<EjectParams, EjectResult, void>(
  'batchnorm/pytorch/eject',
);
