/**
 * Puts the base and one variant together: names, removals, defaults, shapes. The only place that knows both the
 * file and its data.
 */
import { type Context, chosen } from './context.ts';
import { baseVariant, type NetworkFile } from './file.ts';
import type { GraphLayer } from './graph.ts';
import { type Diagnostic, inFileOrder } from './issues.ts';
import { layerDefinition } from './layers.ts';
import { misfit, requiredOutputs, usualLoss } from './loss.ts';
import { memoryMisfit } from './memory.ts';
import { blame, type PlacedLayer, parametersOf, placeLayers } from './place-layers.ts';
import { type Overrides, resolveTrain, trainPath } from './resolve-train.ts';
import type { Range } from './source.ts';
import { usualInitialization, usualProbe } from './train.ts';
import {
  type DataSummary,
  type Layer,
  type Loss,
  type Network,
  type Shape,
  sizeOf,
} from './types.ts';
import { variantLayers } from './variant-layers.ts';
import { figure, found, remedy } from './wording.ts';

export interface ResolvedVariant {
  /** Null when a part of it is wrong, here or in the file's own diagnostics, or when the data is unknown. */
  readonly network: Network | null;
  /** Zero-based line of each layer, by name. */
  readonly lines: ReadonlyMap<string, number>;
  /** Shapes of each layer whose input is known, by name: what there is also where the network is null. */
  readonly shapes: ReadonlyMap<string, LayerShapes>;
  /** Number of learned values of each layer whose input is known, by name. */
  readonly parameters: ReadonlyMap<string, number>;
  /** What is wrong with this variant besides the file's own diagnostics. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface LayerShapes {
  /** Of its first input. */
  readonly input: Shape;
  readonly output: Shape;
}

const nothing = { network: null, lines: new Map(), shapes: new Map(), parameters: new Map() };

/** `data` null: not known yet; what needs no shapes is checked all the same. */
export function resolveVariant(
  file: NetworkFile,
  variant: string,
  data: DataSummary | null,
  overrides: Overrides = {},
): ResolvedVariant {
  const diagnostics: Diagnostic[] = [];
  const context = contextFor(file, variant, data, diagnostics);
  if (!context) return { ...nothing, diagnostics };
  const remaining = variantLayers(context);
  const { placed, isWhole } = remaining?.isWhole
    ? placeLayers(context, remaining.graph)
    : { placed: [], isWhole: false };
  const network = resolveNetwork(context, isWhole ? placed : null, overrides);
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  const line = ({ entry }: GraphLayer) =>
    file.source.range((entry.replaces ?? entry).path).start.line;
  return {
    network: failed ? null : network,
    lines: new Map((remaining?.graph ?? []).map((layer) => [layer.name, line(layer)])),
    shapes: new Map(placed.flatMap(shapesOf)),
    parameters: new Map(placed.flatMap(parametersOf)),
    diagnostics,
  };
}

function shapesOf({ layer, input, output }: PlacedLayer): [string, LayerShapes][] {
  return input && output ? [[layer.name, { input, output }]] : [];
}

/** Everything that can be said about a file: its own diagnostics, then each variant's, nothing twice. */
export function checkNetworkFile(file: NetworkFile, data: DataSummary | null): Diagnostic[] {
  const all = [...file.diagnostics];
  const said = new Set<string>();
  let baseIsSound = true;
  for (const [name, { path }] of file.parts) {
    const { diagnostics } = resolveVariant(file, name, data);
    for (const diagnostic of diagnostics) {
      // The base comes first: what is wrong with it is wrong with its variants for the same reason.
      const key = `${diagnostic.code} ${diagnostic.message}`;
      if (said.has(key)) continue;
      said.add(key);
      // Behind an error of the base nothing has been said of it, which a variant without that error makes up for.
      const isOwn = baseIsSound || startsIn(file.source.range(path), diagnostic);
      const prefix = name !== baseVariant && isOwn ? `variant ${name}: ` : '';
      all.push({ ...diagnostic, message: prefix + diagnostic.message });
    }
    if (name === baseVariant) {
      baseIsSound = all.every(({ severity }) => severity !== 'error');
    }
  }
  return inFileOrder(all);
}

function startsIn({ start, end }: Range, { range }: Diagnostic): boolean {
  const { line } = range.start;
  return line >= start.line && line <= end.line;
}

function contextFor(
  file: NetworkFile,
  variant: string,
  data: DataSummary | null,
  diagnostics: Diagnostic[],
): Context | null {
  const base = file.parts.get(baseVariant)!;
  const own = variant === baseVariant ? null : file.parts.get(variant);
  const report: Context['report'] = (severity, code, path, message, at) => {
    const range = at === 'key' ? file.source.keyRange(path) : file.source.token(path);
    diagnostics.push({ range, severity, code, message });
  };
  if (own === undefined) {
    const names = file.variants.map(({ name }) => name);
    const message = `unknown variant ${found(variant)}; ${remedy(variant, names)}`;
    report('error', 'unknown-variant', ['network'], message);
    return null;
  }
  return { data, base, own, report };
}

/** The network when all of it is right and the data is known; reports what is not. */
function resolveNetwork(
  context: Context,
  placed: readonly PlacedLayer[] | null,
  overrides: Overrides,
): Network | null {
  const { data } = context;
  const loss = resolveLoss(context);
  const train = resolveTrain(context, overrides);
  const initialization = chosen(context, 'initialization').value;
  if (train && loss) checkSmoothing(context, train.labelSmoothing, loss);
  if (placed && train) checkBatch(context, placed, train.batchSize);
  if (placed && train?.steps) checkMomentum(context, placed, train.steps);
  if (placed && data) checkParameters(context, placed, train?.batchSize ?? 1);
  if (placed && loss) checkSoftmax(context, placed, loss);
  if (placed && data && loss) checkOutput(context, placed, loss, data);
  if (!data || !placed || !loss || !train || initialization === null) return null;
  const { steps, evaluateEvery } = train;
  if (steps === null || evaluateEvery === null) return null;
  const { probe = usualProbe(placed.map(({ operation }) => operation.kind)) } = train;
  return {
    input: data.input,
    layers: placed.map(
      ({ layer: { name, inputs }, operation, learningRate, input, output }): Layer => ({
        ...operation,
        name,
        inputs,
        input: input!,
        output: output!,
        learningRate,
      }),
    ),
    initialization: initialization ?? usualInitialization,
    loss,
    train: { ...train, steps, evaluateEvery, probe },
  };
}

function resolveLoss(context: Context): Loss | null {
  const { value, path } = chosen(context, 'loss');
  if (value === null) return null;
  const loss = value ?? usualLoss(context.data);
  const reason = context.data && misfit(loss, context.data);
  if (!reason) return loss;
  context.report('error', 'loss-misfit', path, `loss: ${reason}`);
  return null;
}

/** Only a softmax has a probability to spread. */
function checkSmoothing(context: Context, smoothing: number, loss: Loss): void {
  if (smoothing === 0 || loss === 'softmax-cross-entropy') return;
  const message = `train.labelSmoothing: expected loss: softmax-cross-entropy, whose targets can be smoothed, found ${loss}; remove labelSmoothing`;
  context.report('error', 'smoothing-misfit', trainPath(context, 'labelSmoothing'), message);
}

/** The loss would take the softmax of a softmax, which hardly learns. */
function checkSoftmax(context: Context, placed: readonly PlacedLayer[], loss: Loss): void {
  const { layer, operation } = placed.at(-1)!;
  if (operation.kind !== 'softmax' || loss !== 'softmax-cross-entropy') return;
  const message = `${layer.name}: ${loss} has a softmax of its own, so that this one makes gradients small; remove it`;
  context.report('warning', 'softmax-twice', layer.entry.path, message);
}

function checkOutput(
  context: Context,
  placed: readonly PlacedLayer[],
  loss: Loss,
  data: DataSummary,
): void {
  const { layer, operation, output } = placed.at(-1)!;
  const { name, entry } = layer;
  const { count, reason } = requiredOutputs(loss, data);
  if (!output || (output.length === 1 && output[0] === count)) return;
  const isDense = operation.kind === 'dense';
  const advice = isDense ? `write dense: ${count}` : `end the network with - dense: ${count}`;
  const gives =
    output.length === 1
      ? `${figure(output[0])} ${output[0] === 1 ? 'value' : 'values'}`
      : `the shape [${output.join(', ')}]`;
  const at = isDense ? [...entry.path, 'dense', 'units'] : entry.path;
  const message = `${name}: the last layer gives ${gives}, but ${reason}; ${advice}`;
  context.report('error', 'output-mismatch', blame(context, at), message);
}

/** Batch normalization has nothing to learn from a batch of one value. */
function checkBatch(context: Context, placed: readonly PlacedLayer[], batchSize: number): void {
  for (const { layer, operation, input } of placed) {
    if (!input || operation.kind === 'concat' || operation.kind === 'add') continue;
    const least = layerDefinition(operation.kind).minimumBatch?.(operation, input) ?? 1;
    if (batchSize >= least) continue;
    const message = `train.batchSize: ${layer.name} needs a batch of at least ${least}, found ${batchSize}: the variance of one value is 0; write a larger batch, or remove ${operation.kind}`;
    context.report('error', 'batch-too-small', trainPath(context, 'batchSize'), message);
    return;
  }
}

/** Share of the initial mean 0 and variance 1 that running statistics may still hold at the end. */
const mostInitial = 0.01;

/** Running statistics that have not arrived yet make a network that trains well a bad one at inference. */
function checkMomentum(context: Context, placed: readonly PlacedLayer[], steps: number): void {
  for (const { layer, operation } of placed) {
    if (operation.kind !== 'batchnorm') continue;
    const { momentum, state, statistics } = operation;
    const initial = (1 - momentum) ** steps;
    if (state !== 'train' || statistics === 'exact' || initial <= mostInitial) continue;
    const enough = Math.ceil(100 * (1 - mostInitial ** (1 / steps))) / 100;
    const share = `${(100 * initial).toPrecision(2)} %`;
    const message = `${layer.name}: after ${figure(steps)} steps ${share} of the running statistics are still what they began with, so that inference normalizes by the wrong values; write a momentum of at least ${enough}, statistics: exact, or train longer`;
    const path = [...layer.entry.path, 'batchnorm', 'momentum'];
    context.report('warning', 'slow-statistics', path, message);
    return;
  }
}

/** Something has to be learned, and it has to fit. */
function checkParameters(
  context: Context,
  placed: readonly PlacedLayer[],
  batchSize: number,
): void {
  const at = blame(context, placed.at(-1)!.layer.entry.path);
  const learned = placed.flatMap(parametersOf).reduce((sum, [, count]) => sum + count, 0);
  if (learned === 0) {
    context.report(
      'error',
      'nothing-to-learn',
      at,
      'no layer has anything to learn; end the network with a dense layer',
    );
  }
  // A true lower bound, since activations may share their memory; the plan knows how much it is.
  const largest = Math.max(...placed.map(({ output }) => sizeOf(output ?? [])));
  const misfit = memoryMisfit(4 * (2 * learned + largest * batchSize), 'at least ');
  if (misfit !== null) context.report('error', 'too-large', at, misfit);
}
