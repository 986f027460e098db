/**
 * A network and a batch size become a memory layout and flat lists of kernel calls: plain data, which can be sent to
 * other threads. Nothing is allocated after this.
 */
import type { Layer, Network } from '../network/types.ts';
import { type Arena, createArena } from './arena.ts';
import {
  activationExtent,
  matrixExtent,
  type Place,
  panelBytes,
  panels,
  vectorExtent,
} from './blocked.ts';
import { type Call, local } from './calls.ts';
import { definitionOf, specifications } from './layers/index.ts';
import { size, type TrainingSite } from './layers/layer.ts';
import { type LossPlaces, planLoss } from './loss.ts';
import { planUpdate, scalarCount, sumBytes } from './optimizer.ts';
import { fieldOf, layoutStatistics, measuresOutput, type StatisticsLayout } from './statistics.ts';

export interface Parameter {
  /** As saved, `<layer>.<tensor>`. */
  readonly name: string;
  readonly layer: string;
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly place: Place;
  /** Null for running statistics and in plans for inference alone. */
  readonly gradient: Place | null;
}

/** How a batch goes through the network. */
export interface BatchPlan {
  /** Examples in a batch. */
  readonly rows: number;
  /** Offset of the batch's raw examples, `[rows][features]` bytes or float32. */
  readonly staging: number;
  /** From staging to the blocked, normalized input: one of these comes before `forward`. */
  readonly gather: { readonly bytes: Call; readonly floats: Call };
  readonly forward: readonly Call[];
  readonly output: Place;
}

export interface InferencePlan {
  /** Size of the whole memory. */
  readonly bytes: number;
  /** Inputs of one example. */
  readonly features: number;
  readonly parameters: readonly Parameter[];
  /** `[features]` each. */
  readonly normalization: { readonly mean: Place; readonly deviation: Place };
  readonly inference: BatchPlan;
}

/** `forward` ends with the loss. */
export interface TrainingPlan extends BatchPlan, LossPlaces {
  /** What makes a step of it, only made when the loss is finite: gradients, updates, running statistics. */
  readonly backward: readonly Call[];
  /** Every tensor of a step in the order it is computed. */
  readonly tensors: readonly { layer: string; tensor: string; place: Place }[];
  /** Offsets of what is written before each step: its number from 0 as i32, the optimizer's numbers as float32. */
  readonly step: number;
  readonly scalars: number;
}

export interface Plan extends InferencePlan {
  readonly training: TrainingPlan;
  readonly statistics: StatisticsLayout;
}

/** Examples in a batch of inference where nothing else is said: enough to fill tiles, little memory. */
const defaultEvaluationBatch = 64;

/** Plans training and, over the same parameters, inference with running statistics. */
export function planTraining(
  network: Network,
  { evaluationBatch = defaultEvaluationBatch }: { evaluationBatch?: number } = {},
): Plan {
  const arena = createArena();
  const statistics = layoutStatistics(network.layers, arena);
  const common = planCommon(network, arena, true);
  const training = planSteps(network, common, statistics, arena);
  const inference = planInferenceBatches(network, common, arena, evaluationBatch);
  return { ...common, training, inference, statistics, bytes: arena.bytes };
}

/** Plans inference with running statistics alone. */
export function planInference(network: Network, batch = defaultEvaluationBatch): InferencePlan {
  const arena = createArena();
  const common = planCommon(network, arena, false);
  const inference = planInferenceBatches(network, common, arena, batch);
  return { ...common, inference, bytes: arena.bytes };
}

/** Memory of the plan's size, shared between threads, all zero. */
export function createMemory({ bytes }: Pick<InferencePlan, 'bytes'>): WebAssembly.Memory {
  const page = 65_536;
  const pages = Math.ceil(bytes / page);
  const needed = `the network needs ${(bytes / 2 ** 20).toFixed(1)} MiB of memory`;
  if (pages > page) {
    throw new Error(
      `${needed}, more than the 4096 MiB there can be; use smaller layers or batches`,
    );
  }
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new Error(`${needed}, which this machine does not give`, { cause });
  }
}

type Common = Pick<InferencePlan, 'features' | 'parameters' | 'normalization'>;

function planCommon(network: Network, arena: Arena, training: boolean): Common {
  const features = size(network.input);
  const vector = vectorExtent(features);
  const parameters = network.layers.flatMap((layer) =>
    specifications(layer).map(({ tensor, shape, learned }): Parameter => {
      const [units, inputs] = shape;
      const extent = inputs === undefined ? vectorExtent(units) : matrixExtent(units, inputs);
      const place = arena.place(extent);
      const gradient = training && learned ? arena.place(extent) : null;
      return { name: `${layer.name}.${tensor}`, layer: layer.name, tensor, shape, place, gradient };
    }),
  );
  const normalization = { mean: arena.place(vector), deviation: arena.place(vector) };
  return { features, parameters, normalization };
}

/** The way of a batch from raw examples to the input's activation. */
function planInput({ features, normalization }: Common, rows: number, arena: Arena) {
  const input = arena.place(activationExtent(rows, features));
  // The last panel of the last row reads past its end.
  const staging = arena.allocate(rows * features * Float32Array.BYTES_PER_ELEMENT + 32);
  const gather = (kernel: string) =>
    local(
      kernel,
      panels(input),
      ...[staging, rows, features, normalization.mean.offset, normalization.deviation.offset],
      ...[input.offset, panelBytes(input)],
    );
  return {
    input,
    staging,
    gather: { bytes: gather('gatherBytes'), floats: gather('gatherFloats') },
  };
}

function planInferenceBatches(
  network: Network,
  common: Common,
  arena: Arena,
  rows: number,
): BatchPlan {
  const { input, staging, gather } = planInput(common, rows, arena);
  const parameter = offsets(common.parameters, ({ place }) => place.offset);
  let output = input;
  const forward = network.layers.flatMap((layer) => {
    const { identity, inference } = definitionOf(layer);
    if (identity) return [];
    const from = output;
    output = arena.place(activationExtent(rows, size(layer.output)));
    return inference({ layer, input: from, output, parameter: parameter(layer.name) });
  });
  return { rows, staging, gather, forward, output };
}

function planSteps(
  network: Network,
  common: Common,
  statistics: StatisticsLayout,
  arena: Arena,
): TrainingPlan {
  const rows = network.train.batchSize;
  const normalizing = network.layers.find(({ kind }) => kind === 'batchnorm');
  if (normalizing && rows < 2) {
    throw new Error(`${normalizing.name}: expected a batch of at least 2 examples, found ${rows}`);
  }
  const { input, staging, gather } = planInput(common, rows, arena);
  const step = arena.allocate(4);
  const sites = planSites(network, common, statistics, input, step, arena);
  const last = sites.at(-1);
  if (!last) throw new Error('network: expected at least one layer that computes something');

  const { output, outputGradient } = last;
  const places: LossPlaces = {
    classes: arena.allocate(rows * 4),
    targets: network.loss === 'softmax-cross-entropy' ? null : arena.place(output).offset,
    loss: arena.allocate(8),
    correct: arena.allocate(4),
  };
  const computing = sites.map(({ layer }) => layer);
  const forward = sites.flatMap((site) => [
    ...definitionOf(site.layer).forward(site),
    ...(measuresOutput(statistics, computing, site.layer) ? [moments(site)] : []),
  ]);
  const loss = planLoss(network.loss, output, outputGradient, places);
  const scalars = arena.allocate(scalarCount * 4);
  const gradients = sites.toReversed().flatMap((site) => definitionOf(site.layer).backward(site));
  const running = sites.flatMap((site) => definitionOf(site.layer).afterwards?.(site) ?? []);
  const updates = planUpdates(network, common.parameters, statistics, scalars, arena);
  return {
    ...{ rows, staging, gather, output, step, scalars, ...places },
    forward: [...forward, ...loss],
    backward: [...meetFirst(gradients), ...running, ...updates],
    tensors: tensorsInOrder(input, sites, common.parameters),
  };
}

/** One site for each layer that computes something, with its activations. */
function planSites(
  network: Network,
  { parameters }: Common,
  statistics: StatisticsLayout,
  input: Place,
  step: number,
  arena: Arena,
): TrainingSite<Layer>[] {
  const { batchSize, seed } = network.train;
  const parameter = offsets(parameters, ({ place }) => place.offset);
  const gradient = offsets(parameters, ({ gradient }) => gradient?.offset);
  let from = input;
  let fromGradient: Place | null = null;
  let learns = false;
  const sites: TrainingSite<Layer>[] = [];
  for (const layer of network.layers) {
    const definition = definitionOf(layer);
    if (definition.identity === 'always') continue;
    const extent = activationExtent(batchSize, size(layer.output));
    const output = arena.place(extent);
    const outputGradient = arena.place(extent);
    const buffers = new Map<string, number>();
    sites.push({
      ...{
        layer,
        input: from,
        output,
        outputGradient,
        inputGradient: learns ? fromGradient : null,
      },
      ...{ step, seed, parameter: parameter(layer.name), gradient: gradient(layer.name) },
      buffer: (name, extent) => {
        const offset = buffers.get(name) ?? arena.place(extent).offset;
        buffers.set(name, offset);
        return offset;
      },
      statistics: (quantity) => statisticsOffset(statistics, layer, quantity),
    });
    learns ||= definition.parameters(layer).length > 0;
    from = output;
    fromGradient = outputGradient;
  }
  return sites;
}

/** Updates of all parameters, then each layer's norms. They overwrite weights that gradients of inputs have read. */
function planUpdates(
  { layers, train }: Network,
  parameters: readonly Parameter[],
  statistics: StatisticsLayout,
  scalars: number,
  arena: Arena,
): readonly Call[] {
  const updates: Call[] = [];
  const norms: Call[] = [];
  for (const layer of layers) {
    const learned = parameters.filter(
      ({ layer: owner, gradient }) => owner === layer.name && gradient,
    );
    if (learned.length === 0) continue;
    const count = learned.reduce((sum, { place }) => sum + panels(place), 0);
    const first = arena.allocate(count * sumBytes);
    let sums = first;
    for (const { place, gradient } of learned) {
      const where = { parameter: place, gradient: gradient!.offset };
      updates.push(planUpdate(train.optimizer, where, { sums, scalars }, arena));
      sums += panels(place) * sumBytes;
    }
    const results = (['gradientNorm', 'updateRatio'] as const).map((quantity) =>
      statisticsOffset(statistics, layer, quantity),
    );
    norms.push(local('parameterNorms', 1, first, count, ...results));
  }
  return [...meetFirst(updates), ...meetFirst(norms)];
}

/** The same calls, the first behind a barrier. */
function meetFirst([first, ...rest]: readonly Call[]): readonly Call[] {
  return first ? [{ ...first, barrier: true }, ...rest] : [];
}

function moments({ output, statistics }: TrainingSite<Layer>): Call {
  return local(
    'moments',
    panels(output),
    ...[output.offset, panelBytes(output), output.rows],
    ...[statistics('outputMean'), statistics('outputVariance')],
  );
}

function statisticsOffset(
  { fields, staging }: StatisticsLayout,
  { name }: Layer,
  quantity: Parameters<typeof fieldOf>[2],
): number {
  return staging + fieldOf(fields, name, quantity).offset * Float32Array.BYTES_PER_ELEMENT;
}

/** Outputs on the way forward, gradients on the way back, then the parameters the step has changed. */
function tensorsInOrder(
  input: Place,
  sites: readonly TrainingSite<Layer>[],
  parameters: readonly Parameter[],
): TrainingPlan['tensors'] {
  const gradientsOf = (layer: string) =>
    parameters.flatMap(({ layer: owner, tensor, gradient }) =>
      owner === layer && gradient ? [{ layer, tensor: `${tensor}.gradient`, place: gradient }] : [],
    );
  return [
    { layer: 'input', tensor: 'output', place: input },
    ...sites.map(({ layer, output }) => ({ layer: layer.name, tensor: 'output', place: output })),
    ...sites
      .toReversed()
      .flatMap(({ layer: { name }, outputGradient }) => [
        { layer: name, tensor: 'output.gradient', place: outputGradient },
        ...gradientsOf(name),
      ]),
    ...parameters.map(({ layer, tensor, place }) => ({ layer, tensor, place })),
  ];
}

/** Looks a parameter's offset up by layer and tensor. */
function offsets(
  parameters: readonly Parameter[],
  offset: (parameter: Parameter) => number | undefined,
) {
  return (layer: string) => (tensor: string) => {
    const found = parameters.find((entry) => entry.layer === layer && entry.tensor === tensor);
    const result = found && offset(found);
    if (result === undefined) throw new Error(`${layer}: has no ${tensor}`);
    return result;
  };
}
