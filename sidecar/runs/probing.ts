/** The probes of a run, made by its trainer thread at evaluations: when, and as the protocol has them. */
import { toBase64 } from '../base64.ts';
import { MemoryError } from '../engine/plan.ts';
import type { ActivationMeasures } from '../engine/probes/activations.ts';
import { createProber, type Measures } from '../engine/probes/probe.ts';
import { readStatistics } from '../engine/statistics.ts';
import type { Trainer } from '../engine/trainer.ts';
import type { Train } from '../network/types.ts';
import type { ActivationProbe, Probe } from '../protocol/probes.ts';
import type { Line, TrainerTask } from './trainer-messages.ts';

/** What a run keeps at most: of a run with more evaluations not every one has a probe, or not every probe its units. */
const mostProbes = 1000;
const mostUnits = 200;

/** Of a wide network fewer have their units, so that hundreds of variants stay in memory; findings need some of them. */
const mostUnitBytes = 2 ** 24;
const fewestUnits = 24;

/** Probes the weights as they are, once a step unless `again` says that they or the statistics have changed. */
type Probing = (trainer: Pick<Trainer, 'stepsDone' | 'learningRate'>, again: boolean) => void;

/** A function to call after each evaluation; it does nothing, and says why, where there is no memory for probes. */
export async function createProbing(task: TrainerTask, { send }: Line): Promise<Probing> {
  const measure = task.probe && (await createProber(task.probe, task).catch(refused));
  if (measure === null) return () => {};
  if (measure instanceof MemoryError) {
    send({ type: 'unprobed', reason: describeRefusal(measure) });
    return () => {};
  }
  const { steps, evaluateEvery } = task.network.train;
  const { every, unitsEvery } = intervals({ steps, evaluateEvery }, task.plan.statistics.length);
  let evaluations = 0;
  let last = 0;
  return ({ stepsDone, learningRate }, again) => {
    if (stepsDone === last && !again) return;
    last = stepsDone;
    const evaluation = evaluations++;
    if (evaluation % every !== 0 && stepsDone !== steps && !again) return;
    const withUnits = evaluation % unitsEvery === 0;
    const units = withUnits ? readStatistics(task.memory, task.plan)?.values : undefined;
    send({ type: 'probe', probe: probeOf(stepsDone, measure(learningRate), units) });
  };
}

/** What a training can do without; any other fault is one of the program. */
function refused(error: unknown): MemoryError {
  if (error instanceof MemoryError) return error;
  throw error;
}

function describeRefusal({ message }: MemoryError): string {
  return `There was no memory to look at its layers, so that there are no findings, distributions and percentiles: ${message}.`;
}

/**
 * Evaluations from one probe to the next, and from one with units to the next, which is a probe too. `units` is the count
 * of numbers that the statistics of every unit are.
 */
export function intervals(
  { steps, evaluateEvery }: Pick<Train, 'steps' | 'evaluateEvery'>,
  units: number,
) {
  // As base64 of float32.
  const fitting = Math.floor(mostUnitBytes / ((4 * units * 4) / 3));
  const withUnits = Math.min(mostUnits, Math.max(fewestUnits, fitting));
  const evaluations = Math.ceil(steps / evaluateEvery);
  const every = Math.max(1, Math.ceil(evaluations / mostProbes));
  const unitsEvery = every * Math.max(1, Math.ceil(evaluations / every / withUnits));
  return { every, unitsEvery };
}

function probeOf(step: number, measures: Measures, units: Float32Array | undefined): Probe {
  const { activations, shifts, gaps, batch, running } = measures;
  return {
    step,
    activations: activations.map(activationOf),
    shifts: shifts.map(({ layer, wasserstein, gradient }) => ({
      layer,
      wasserstein,
      gradientAngle: gradient?.angle ?? null,
      gradientDistance: gradient?.distance ?? null,
    })),
    gaps,
    batchLoss: finiteOrNull(batch.loss),
    batchAccuracy: batch.accuracy,
    runningLoss: finiteOrNull(running.loss),
    runningAccuracy: running.accuracy,
    units: units === undefined ? null : toBase64(units),
  };
}

function activationOf({ percentiles, ...rest }: ActivationMeasures): ActivationProbe {
  return { ...rest, percentiles: toBase64(percentiles) };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
