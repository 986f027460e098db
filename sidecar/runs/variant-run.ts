/** One variant on its way: its trainer thread, its state, and what has been measured so far. */
import { Worker } from 'node:worker_threads';
import { entry } from '../assets.ts';
import type { DataSet } from '../data/types.ts';
import { createMemory } from '../engine/plan.ts';
import { readStatistics, type StatisticsField } from '../engine/statistics.ts';
import { usefulThreads } from '../engine/threads.ts';
import type { Weights } from '../network/types.ts';
import type { Probe, UnitField } from '../protocol/probes.ts';
import type { VariantState, VariantSummary } from '../protocol/runs.ts';
import type { Evaluation } from '../protocol/statistics.ts';
import type { PopulationScores } from '../report/source.ts';
import { historyColumns } from './columns.ts';
import { allocateHistory, History } from './history.ts';
import type { PreparedVariant } from './prepare.ts';
import { Rate } from './rate.ts';
import {
  control,
  type FromTrainer,
  type TrainerEnd,
  type TrainerTask,
} from './trainer-messages.ts';

/** What a run tells whoever started it; state changes and evaluations at once, statistics as often as asked. */
export interface VariantListener {
  changed(variant: VariantRun): void;
  evaluated?(variant: VariantRun, evaluation: Evaluation): void;
  probed?(variant: VariantRun, probe: Probe): void;
  measured?(variant: VariantRun, step: number, block: Float32Array): void;
}

/** How a variant is to be trained. */
interface Pace {
  /** Compare moving with exact population statistics at the end. */
  readonly populationStatistics: boolean;
  /** Report every unit's statistics each this many steps; 0 never does. */
  readonly statisticsEvery: number;
  /** Cores it may use; it takes as many as are of use. */
  readonly threads: number;
}

/** Statistics of one step: the fields say where in `values` each quantity lies. */
export interface Block {
  readonly step: number;
  readonly values: Float32Array;
}

export class VariantRun {
  readonly prepared: PreparedVariant;
  readonly history: History;
  readonly evaluations: Evaluation[] = [];
  readonly probes: Probe[] = [];
  readonly #data: DataSet;
  readonly #listener: VariantListener;
  readonly #clock: () => number;
  readonly #buffers;
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * control.words));
  readonly #rate: Rate;
  /** Only while training; a finished variant gives its memory back. */
  #memory: WebAssembly.Memory | null = null;
  #lastBlock: Block | null = null;
  #state: VariantState = 'queued';
  #startedAt: number | null = null;
  #endedAt: number | null = null;
  #end: TrainerEnd | null = null;

  /** `clock` gives milliseconds. */
  constructor(
    prepared: PreparedVariant,
    data: DataSet,
    listener: VariantListener,
    clock: () => number,
  ) {
    this.prepared = prepared;
    this.#data = data;
    this.#listener = listener;
    this.#clock = clock;
    const columns = historyColumns(prepared.plan.statistics.fields);
    this.#buffers = allocateHistory(columns, prepared.network.train.steps);
    this.history = new History(this.#buffers);
    this.#rate = new Rate(clock);
  }

  get name(): string {
    return this.prepared.variant;
  }

  get state(): VariantState {
    return this.#state;
  }

  get step(): number {
    return Atomics.load(this.#words, control.steps);
  }

  get fields(): readonly StatisticsField[] {
    return this.prepared.plan.statistics.fields;
  }

  /** Where each quantity lies in the units of a probe. */
  get unitFields(): readonly UnitField[] {
    return this.fields.map(({ layer, quantity, offset, length }) => {
      return { layer, quantity, offset, length };
    });
  }

  /** The weights to save or export and the step they belong to; null while there are none yet. */
  get trained(): { readonly step: number; readonly weights: Weights } | null {
    return this.#end;
  }

  /** Moving against exact population statistics, once ended and where it was asked for. */
  get population(): PopulationScores | null {
    return this.#end?.population ?? null;
  }

  /** Trains to the end; resolves, never rejects, when the variant has ended. */
  async train(pace: Pace): Promise<void> {
    if (Atomics.load(this.#words, control.stop) === 1) {
      this.#finish({ outcome: 'stopped', ...this.#untrained() });
      return;
    }
    try {
      this.#memory = createMemory(this.prepared.plan);
      this.#finish(await this.#follow(this.#startThread(this.#memory, pace)));
    } catch (error) {
      const { message } = error as Error;
      this.#finish({ outcome: 'failed', ...this.#untrained(), error: message });
    }
  }

  /** Ends after the current step; what was trained is kept. */
  stop(): void {
    Atomics.store(this.#words, control.stop, 1);
  }

  /** Every unit's statistics of the latest step; null before the first. */
  latest(): Block | null {
    if (this.#memory === null) return this.#lastBlock;
    return readStatistics(this.#memory, this.prepared.plan);
  }

  summary(): VariantSummary {
    const last = this.#end?.evaluation ?? this.evaluations.at(-1);
    const loss = this.history.column(0, 1).at(0);
    const seconds = this.#seconds();
    return {
      variant: this.name,
      state: this.#state,
      step: this.step,
      steps: this.prepared.network.train.steps,
      loss: loss !== undefined && Number.isFinite(loss) ? loss : null,
      testAccuracy: last?.testAccuracy ?? null,
      testLoss: last?.testLoss ?? null,
      examplesPerSecond:
        this.prepared.network.train.batchSize *
        (this.#endedAt === null ? this.#rate.perSecond(this.step) : this.step / seconds || 0),
      seconds,
      error: this.#end?.error,
      note: this.#end?.note,
    };
  }

  #untrained() {
    return { step: 0, weights: this.prepared.initial, evaluation: null };
  }

  #seconds(): number {
    if (this.#startedAt === null) return 0;
    return ((this.#endedAt ?? this.#clock()) - this.#startedAt) / 1000;
  }

  #startThread(memory: WebAssembly.Memory, pace: Pace): Worker {
    const { network, plan, probe, initial } = this.prepared;
    const { train, validation, test, normalization } = this.#data;
    const task: TrainerTask = {
      network,
      plan,
      memory,
      probe,
      train,
      validation,
      test,
      normalization,
      initial,
      history: this.#buffers,
      control: this.#words.buffer as SharedArrayBuffer,
      statisticsEvery: pace.statisticsEvery,
      populationStatistics: pace.populationStatistics,
      threads: usefulThreads(plan, pace.threads),
    };
    return new Worker(entry('trainer.js', 'runs/trainer-thread.ts'), { workerData: task });
  }

  #follow(worker: Worker): Promise<TrainerEnd> {
    return new Promise((resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', (code) =>
        reject(new Error(`The trainer thread of ${this.name} ended early with exit code ${code}.`)),
      );
      worker.on('message', (message: FromTrainer) => {
        if (message.type === 'ended') resolve(message.end);
        else this.#take(message);
      });
    });
  }

  #take(message: Exclude<FromTrainer, { type: 'ended' }>): void {
    switch (message.type) {
      case 'started':
        this.#state = 'training';
        this.#startedAt = this.#clock();
        this.#listener.changed(this);
        break;
      case 'evaluation':
        this.evaluations.push(message.evaluation);
        this.#listener.evaluated?.(this, message.evaluation);
        break;
      case 'probe':
        this.probes.push(message.probe);
        this.#listener.probed?.(this, message.probe);
        break;
      case 'statistics':
        this.#listener.measured?.(this, message.step, message.values);
        Atomics.add(this.#words, control.taken, 1);
        Atomics.notify(this.#words, control.taken);
        break;
      default:
        message satisfies never;
    }
  }

  #finish(end: TrainerEnd): void {
    this.#lastBlock = this.latest();
    this.#memory = null;
    this.#end = end;
    this.#state = end.outcome;
    this.#endedAt = this.#clock();
    this.#listener.changed(this);
  }
}
