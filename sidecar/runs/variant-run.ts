/** One variant on its way: its trainer thread, its state, and what has been measured so far. */
import { Worker } from 'node:worker_threads';
import { entry } from '../assets.ts';
import type { DataSet } from '../data/types.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import { nonFinite } from '../diagnosis/non-finite.ts';
import { Verdict } from '../diagnosis/verdict.ts';
import { createMemory } from '../engine/plan.ts';
import { readStatistics, type StatisticsField } from '../engine/statistics.ts';
import { usefulThreads } from '../engine/threads.ts';
import { largestLearningRate } from '../network/train.ts';
import type { Weights } from '../network/types.ts';
import type { ControlAction, ControlEvent, VariantControls } from '../protocol/control.ts';
import type { Finding } from '../protocol/findings.ts';
import type { Probe } from '../protocol/probes.ts';
import type { VariantState, VariantSummary } from '../protocol/runs.ts';
import type { Evaluation } from '../protocol/statistics.ts';
import type { PopulationScores } from '../report/source.ts';
import { checkAction } from './check-action.ts';
import { historyColumns } from './columns.ts';
import { Commander } from './commander.ts';
import { allocateHistory, History } from './history.ts';
import { type PreparedVariant, RunError } from './prepare.ts';
import { Rate } from './rate.ts';
import { scalableLayers } from './scale-weights.ts';
import { Stopwatch } from './stopwatch.ts';
import {
  type FromTrainer,
  type TrainerEnd,
  type TrainerTask,
  wordCount,
  words,
} from './trainer-messages.ts';

/** What a run tells whoever started it; changes of state, evaluations and what a person changed at once, statistics as often as asked. */
export interface VariantListener {
  changed(variant: VariantRun): void;
  evaluated?(variant: VariantRun, evaluation: Evaluation): void;
  /** Something is wrong, for the first time in this layer. */
  found?(variant: VariantRun, finding: Finding): void;
  probed?(variant: VariantRun, probe: Probe): void;
  controlled?(variant: VariantRun, event: ControlEvent): void;
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
  /** What a person has changed, oldest first. */
  readonly events: ControlEvent[] = [];
  readonly #data: DataSet;
  readonly #listener: VariantListener;
  readonly #buffers;
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * wordCount));
  readonly #commander = new Commander(this.#words);
  /** Runs while steps are made. */
  readonly #watch: Stopwatch;
  readonly #rate: Rate;
  #worker: Worker | null = null;
  /** Only while training; a finished variant gives its memory back. */
  #memory: WebAssembly.Memory | null = null;
  #lastBlock: Block | null = null;
  #state: VariantState = 'queued';
  #end: TrainerEnd | null = null;
  readonly #verdict = new Verdict();
  /** What ended it, where that was a number that is not finite. */
  #divergence: Finding | null = null;
  /** Why there are no probes, where there should be. */
  #unprobed: string | undefined;

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
    const columns = historyColumns(prepared.plan.statistics.fields);
    this.#buffers = allocateHistory(columns, prepared.network.train.steps);
    this.history = new History(this.#buffers);
    this.#watch = new Stopwatch(clock);
    this.#rate = new Rate(() => this.#watch.elapsed);
  }

  get name(): string {
    return this.prepared.variant;
  }

  get state(): VariantState {
    return this.#state;
  }

  get step(): number {
    return Atomics.load(this.#words, words.steps);
  }

  /** Where each quantity lies in a block of statistics, and in the units of a probe. */
  get fields(): readonly StatisticsField[] {
    return this.prepared.plan.statistics.fields;
  }

  /** The weights to save or export and the step they belong to; null while there are none yet. */
  get trained(): { readonly step: number; readonly weights: Weights } | null {
    return this.#end;
  }

  /** Moving against exact population statistics, once finished and where it was asked for. */
  get population(): PopulationScores | null {
    return this.#end?.population ?? null;
  }

  /** Trains to the end; resolves, never rejects, when the variant has ended. */
  async train(pace: Pace): Promise<void> {
    if (Atomics.load(this.#words, words.stop) === 1) {
      this.#finish({ outcome: 'stopped', ...this.#untrained() });
      return;
    }
    try {
      this.#memory = createMemory(this.prepared.plan);
      this.#worker = this.#startThread(this.#memory, pace);
      this.#finish(await this.#follow(this.#worker));
    } catch (error) {
      const { message } = error as Error;
      this.#finish({ outcome: 'failed', ...this.#untrained(), error: message });
    }
  }

  /** Ends after the current step, paused or not; what was trained is kept. */
  stop(): void {
    Atomics.store(this.#words, words.stop, 1);
    this.#commander.wake();
  }

  /** Whether the variant is in a state in which this can be done. */
  accepts({ kind }: ControlAction): boolean {
    if (this.#end !== null) return false;
    if (kind === 'pause') return this.#state !== 'paused';
    if (kind === 'continue') return this.#state === 'paused';
    if (kind === 'step' || kind === 'scale-weights') {
      return this.#state === 'paused' && this.#worker !== null;
    }
    return this.#worker !== null;
  }

  /** Changes something; resolves when it is done, rejects with a RunError where it cannot be. */
  async control(action: ControlAction): Promise<ControlEvent> {
    try {
      checkAction(action, this.prepared.network);
      if (this.#end !== null) throw new RunError(this.#sayEnded());
      if (this.#worker !== null) return await this.#commander.send(this.#worker, action);
      return this.#controlWaiting(action);
    } catch (error) {
      throw new RunError(`${this.name}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** What can be changed; null when it has ended. */
  controls(): VariantControls | null {
    if (this.#end !== null) return null;
    const { network } = this.prepared;
    return {
      variant: this.name,
      learningRate: this.#learningRate,
      largestLearningRate,
      evaluationStatistics: this.#last('evaluation-statistics')?.action.use ?? 'running',
      scalableLayers: scalableLayers(network),
    };
  }

  /** Every unit's statistics of the latest step; null before the first. */
  latest(): Block | null {
    if (this.#memory === null) return this.#lastBlock;
    return readStatistics(this.#memory, this.prepared.plan);
  }

  /** What is wrong with it, the worst first. */
  get findings(): readonly Finding[] {
    const { findings } = this.#verdict;
    return this.#divergence === null ? findings : [this.#divergence, ...findings];
  }

  summary(): VariantSummary {
    const last = this.#end?.evaluation ?? this.evaluations.at(-1);
    const loss = this.history.column(0, 1).at(0);
    const seconds = this.#watch.elapsed / 1000;
    return {
      variant: this.name,
      state: this.#state,
      step: this.step,
      steps: this.prepared.network.train.steps,
      loss: loss !== undefined && Number.isFinite(loss) ? loss : null,
      testAccuracy: last?.testAccuracy ?? null,
      testLoss: last?.testLoss ?? null,
      learningRate: this.#learningRate,
      examplesPerSecond:
        this.prepared.network.train.batchSize *
        (this.#end === null ? this.#rate.perSecond(this.step) : seconds && this.step / seconds),
      seconds,
      error: this.#end?.error,
      note: this.#notes(),
      findings: this.findings,
    };
  }

  #notes(): string | undefined {
    const notes = [this.#unprobed, this.#end?.note].filter((each) => each !== undefined);
    return notes.length > 0 ? notes.join(' ') : undefined;
  }

  get #learningRate(): number {
    return this.#last('learning-rate')?.action.value ?? this.prepared.network.train.learningRate;
  }

  /** The latest change of a kind. */
  #last<K extends ControlAction['kind']>(kind: K) {
    return this.events.findLast(
      (event): event is ControlEvent & { action: Extract<ControlAction, { kind: K }> } =>
        event.action.kind === kind,
    );
  }

  #untrained() {
    return { step: 0, weights: this.prepared.initial, evaluation: null };
  }

  #sayEnded(): string {
    return `expected a variant that is not ended, found it ${this.#state} at step ${this.step}. Train again to change it.`;
  }

  /** Before its turn has come, a variant can be told to wait for longer. */
  #controlWaiting(action: ControlAction): ControlEvent {
    const { kind } = action;
    if (!this.accepts(action)) {
      throw new RunError(
        `${kind}: expected a variant ${kind === 'pause' ? 'that is not paused' : 'that has begun'}, found it ${this.#state} and waiting for a free thread. Try again when it trains.`,
      );
    }
    const effect =
      kind === 'pause' ? 'Paused before the first step.' : 'Begins when there is a free thread.';
    const event = { step: 0, action, effect };
    this.#record(event);
    return event;
  }

  #record(event: ControlEvent): void {
    this.events.push(event);
    if (event.action.kind === 'pause') {
      this.#state = 'paused';
      this.#watch.stand();
    } else if (event.action.kind === 'continue') {
      this.#state = this.#worker === null ? 'queued' : 'training';
      if (this.#worker !== null) this.#watch.run();
    }
    this.#listener.controlled?.(this, event);
    this.#listener.changed(this);
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
      words: this.#words.buffer as SharedArrayBuffer,
      paused: this.#state === 'paused',
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
        if (this.#state === 'queued') {
          this.#state = 'training';
          this.#watch.run();
        }
        this.#listener.changed(this);
        break;
      case 'unprobed':
        this.#unprobed = message.reason;
        this.#listener.changed(this);
        break;
      case 'evaluation':
        this.evaluations.push(message.evaluation);
        this.#listener.evaluated?.(this, message.evaluation);
        break;
      case 'probe':
        this.probes.push(message.probe);
        this.#listener.probed?.(this, message.probe);
        this.#judge();
        break;
      case 'statistics':
        this.#listener.measured?.(this, message.step, message.values);
        Atomics.add(this.#words, words.taken, 1);
        Atomics.notify(this.#words, words.taken);
        break;
      case 'controlled':
        this.#record(message.event);
        this.#commander.take(message);
        break;
      case 'refused':
        this.#commander.take(message);
        break;
      default:
        message satisfies never;
    }
  }

  /** What the probes so far say. Cheap: it looks at a bounded number of them. */
  #judge(): void {
    const { network, probe } = this.prepared;
    if (probe === null) return;
    const { probes, fields: unitFields } = this;
    const probeExamples = probe.plan.training.rows;
    const recomputedAt = this.#last('recompute-statistics')?.step;
    const findings = diagnose({ network, probes, unitFields, probeExamples, recomputedAt });
    for (const finding of this.#verdict.take(findings)) this.#listener.found?.(this, finding);
  }

  #finish(end: TrainerEnd): void {
    this.#lastBlock = this.latest();
    this.#memory = null;
    this.#end = end;
    this.#state = end.outcome;
    this.#watch.stand();
    this.#worker = null;
    this.#commander.end(this.#sayEnded());
    if (end.divergence) {
      this.#divergence = nonFinite(end.divergence, this.prepared.network, this.#data.train.count);
      this.#listener.found?.(this, this.#divergence);
    }
    this.#listener.changed(this);
  }
}
