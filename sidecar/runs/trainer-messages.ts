/** What a trainer thread is given and what it says; the rest it leaves in shared memory. */
import type { Divergence } from '../diagnosis/non-finite.ts';
import type { Plan } from '../engine/plan.ts';
import type { ProbePlan } from '../engine/probes/plan.ts';
import type { Examples, Network, Normalization, Weights } from '../network/types.ts';
import type { ControlAction, ControlEvent } from '../protocol/control.ts';
import type { Probe } from '../protocol/probes.ts';
import type { Evaluation } from '../protocol/statistics.ts';
import type { PopulationScores } from '../report/source.ts';
import type { HistoryBuffers } from './history.ts';

export interface TrainerTask {
  readonly network: Network;
  readonly plan: Plan;
  readonly memory: WebAssembly.Memory;
  /** Null: no probes. */
  readonly probe: ProbePlan | null;
  readonly train: Examples;
  readonly validation: Examples | null;
  readonly test: Examples;
  readonly normalization: Normalization;
  readonly initial: Weights;
  readonly history: HistoryBuffers;
  /** Int32 shared with the thread that started this one, indexed by `words`. */
  readonly words: SharedArrayBuffer;
  /** Whether it waits before its first step until it is told to go on. */
  readonly paused: boolean;
  /** Send every unit's statistics each this many steps; 0 never does. */
  readonly statisticsEvery: number;
  /** Compare moving with exact population statistics at the end. */
  readonly populationStatistics: boolean;
  /** Threads that make each step, the trainer's own included. */
  readonly threads: number;
}

/** Index of each of a task's words. */
export const words = {
  /** Set to 1 by the owner: end after the current step. */
  stop: 0,
  /** Steps made, written by the trainer. */
  steps: 1,
  /** `statistics` messages the owner has taken; the trainer waits when it is too far ahead. */
  taken: 2,
  /** Counts up, and whoever waits for it is woken, with every command and with `stop`. */
  commands: 3,
} as const;

export const wordCount = Object.keys(words).length;

/** A trainer this many `statistics` messages ahead of its owner waits, so that no queue grows without bound. */
export const mostAhead = 64;

export interface TrainerEnd {
  readonly outcome: 'finished' | 'stopped' | 'failed';
  /** The step the weights belong to: the last one, the best with early stopping, or the last good before a failure. */
  readonly step: number;
  readonly weights: Weights;
  /** Of these weights; null when there has been none. */
  readonly evaluation: Evaluation | null;
  /** What the end means where the outcome does not say it, as a sentence. */
  readonly note?: string;
  readonly error?: string;
  /** Where a number that is not finite ended it. */
  readonly divergence?: Divergence;
  /** Of a run that was finished, where it was asked for. */
  readonly population?: PopulationScores | null;
}

/** Something to be changed; `id` comes back with the answer. */
export interface Command {
  readonly id: number;
  readonly action: ControlAction;
}

/** How a trainer thread and its owner speak with each other. */
export interface Line {
  send(message: FromTrainer): void;
  /** The next command; undefined when there is none. */
  receive(): Command | undefined;
}

export type FromTrainer =
  | { readonly type: 'started' }
  /** There will be no probes; `reason` is a sentence. */
  | { readonly type: 'unprobed'; readonly reason: string }
  | { readonly type: 'evaluation'; readonly evaluation: Evaluation }
  | { readonly type: 'probe'; readonly probe: Probe }
  | { readonly type: 'statistics'; readonly step: number; readonly values: Float32Array }
  | { readonly type: 'controlled'; readonly id: number; readonly event: ControlEvent }
  | { readonly type: 'refused'; readonly id: number; readonly reason: string }
  | { readonly type: 'ended'; readonly end: TrainerEnd };
