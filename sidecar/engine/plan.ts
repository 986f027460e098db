/**
 * A network and a batch size become a memory layout and flat lists of kernel calls: plain data, which can be sent to
 * other threads. Nothing is allocated after this.
 */
import type { Network } from '../network/types.ts';
import { type Arenas, createArenas } from './arena.ts';
import { planBands } from './bands.ts';
import { planCommon } from './plan/common.ts';
import { buildGraph } from './plan/graph.ts';
import { planInferenceBatches } from './plan/inference.ts';
import { createTables } from './plan/tables.ts';
import { layersWithGradient, planSteps } from './plan/training.ts';
import type { InferencePlan, MemoryShares, Plan } from './plan/types.ts';
import { stepWork } from './plan/work.ts';
import { layoutStatistics } from './statistics.ts';

export type * from './plan/types.ts';

interface TrainingOptions {
  /** Examples in a batch of inference. */
  readonly evaluationBatch?: number;
  /** Keeps every tensor of a step until the next one, for those who look at them; costs memory. */
  readonly keep?: boolean;
}

/** Examples in a batch of inference where nothing else is said: enough to fill tiles, little memory. */
const defaultEvaluationBatch = 64;

/** Plans training and, over the same parameters, inference with running statistics. */
export function planTraining(
  network: Network,
  { evaluationBatch = defaultEvaluationBatch, keep = false }: TrainingOptions = {},
): Plan {
  const arenas = createArenas();
  const graph = buildGraph(network, 'training');
  const statistics = layoutStatistics(graph, arenas.for('statistics'));
  const tables = createTables(arenas.for('statistics'));
  const bands = planBands(statistics, tables.place, arenas.for('statistics'));
  const common = planCommon(network, graph, arenas, layersWithGradient(graph));
  const steps = planSteps(network, graph, common, statistics, tables, arenas, keep);
  const batches = planInferenceBatches(network, common, tables, evaluationBatch);
  const activations = arenas.for('activations');
  const base = activations.allocate(Math.max(steps.bytes, batches.bytes));
  return {
    ...common,
    training: steps.at(base),
    inference: batches.at(keep ? activations.allocate(batches.bytes) : base),
    statistics,
    bands,
    tables: tables.placed,
    work: stepWork(graph, network.train.batchSize),
    ...sizes(arenas),
  };
}

/** Plans inference with running statistics alone. */
export function planInference(network: Network, batch = defaultEvaluationBatch): InferencePlan {
  const arenas = createArenas();
  const graph = buildGraph(network, 'inference');
  const tables = createTables(arenas.for('statistics'));
  const common = planCommon(network, graph, arenas, new Set());
  const batches = planInferenceBatches(network, common, tables, batch);
  const inference = batches.at(arenas.for('activations').allocate(batches.bytes));
  const work = stepWork(graph, batch) / 3;
  return { ...common, inference, tables: tables.placed, work, ...sizes(arenas) };
}

/** A machine, or WebAssembly itself, does not give the memory that a plan takes. */
export class MemoryError extends Error {
  override readonly name = 'MemoryError';
}

/** Memory of the plan's size, shared between threads, all zero but for the plan's tables; throws a MemoryError. */
export function createMemory({
  bytes,
  tables,
}: Pick<InferencePlan, 'bytes' | 'tables'>): WebAssembly.Memory {
  const page = 65_536;
  const pages = Math.ceil(bytes / page);
  if (pages > page) {
    throw new MemoryError(`memory: expected at most ${page} pages of 64 KiB, found ${pages}`);
  }
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    for (const { offset, values } of tables) new Int32Array(memory.buffer, offset).set(values);
    return memory;
  } catch (cause) {
    const needed = `${(bytes / 2 ** 20).toFixed(1)} MiB of memory`;
    throw new MemoryError(
      `expected ${needed}, which this machine does not give; use smaller layers or a smaller batchSize`,
      { cause },
    );
  }
}

function sizes(arenas: Arenas): { bytes: number; shares: MemoryShares } {
  const { bytesFor } = arenas;
  return {
    bytes: arenas.bytes,
    shares: {
      parameters: bytesFor('parameters'),
      gradients: bytesFor('gradients'),
      optimizer: bytesFor('optimizer'),
      activations: bytesFor('activations'),
      statistics: bytesFor('statistics'),
    },
  };
}
