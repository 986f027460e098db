/** Which tensors a layer owns, in PyTorch's names and layouts, and what values they may hold in an exported model. */
import type {
  Layer,
  LayerKind,
  Network,
  Normalization,
  Tensor,
  Weights,
} from '../network/types.ts';
import { ExportError } from './errors.ts';

export interface Parameter {
  /** `<layer>.<role>` */
  readonly name: string;
  readonly shape: readonly number[];
}

/** The tensors of one layer; a batch normalization's weight is gamma and its bias beta. */
export function layerParameters(layer: Layer): Parameter[] {
  if (layer.kind === 'dense') {
    const weight = { name: `${layer.name}.weight`, shape: [layer.units, elements(layer.input)] };
    const bias = { name: `${layer.name}.bias`, shape: [layer.units] };
    return layer.bias ? [weight, bias] : [weight];
  }
  if (layer.kind === 'batchnorm') {
    const roles = ['weight', 'bias', 'running_mean', 'running_var'];
    return roles.map((role) => ({ name: `${layer.name}.${role}`, shape: [layer.input[0]] }));
  }
  return [];
}

/**
 * Throws an ExportError at the first layer of a kind that no export is written for, and at the first value a runtime would turn into wrong numbers without a word: NaN, infinities,
 * a negative variance, a missing or misshapen tensor, and a normalization that has never seen a batch.
 */
export function checkExportable(
  network: Network,
  weights: Weights,
  normalization: Normalization,
  trainedSteps: number,
): void {
  for (const layer of network.layers) refuseUnknown(layer);
  const parameters = network.layers.flatMap(layerParameters);
  for (const parameter of parameters) checkTensor(parameter, weights.get(parameter.name));
  const known = new Set(parameters.map(({ name }) => name));
  for (const name of weights.keys()) {
    if (!known.has(name))
      throw new ExportError(name, 'a layer of this network', 'none that owns it');
  }
  for (const layer of network.layers) {
    if (layer.kind === 'batchnorm') checkStatistics(layer.name, weights, trainedSteps);
  }
  checkNormalization(normalization, elements(network.input));
}

/** Kinds that graph.ts writes. */
const exportable = [
  'dense',
  'batchnorm',
  'sigmoid',
  'tanh',
  'relu',
  'leaky-relu',
  'softplus',
  'dropout',
  'flatten',
] as const satisfies readonly LayerKind[];

export type ExportableLayer = Layer & { readonly kind: (typeof exportable)[number] };

function refuseUnknown({ name, kind }: Layer): void {
  if (exportable.some((known) => known === kind)) return;
  const known = `a layer that the ONNX export knows (${exportable.join(', ')})`;
  throw new ExportError(name, known, `${kind}, which cannot be exported yet`);
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function checkTensor({ name, shape }: Parameter, tensor: Tensor | undefined): void {
  const expected = `values of shape [${shape}]`;
  if (tensor === undefined) throw new ExportError(name, expected, 'nothing');
  if (String(tensor.shape) !== String(shape)) {
    throw new ExportError(name, expected, `[${tensor.shape}]`);
  }
  if (tensor.values.length !== elements(shape)) {
    throw new ExportError(name, `${elements(shape)} values`, `${tensor.values.length}`);
  }
  checkFinite(name, tensor.values);
}

function checkStatistics(layer: string, weights: Weights, trainedSteps: number): void {
  const mean = weights.get(`${layer}.running_mean`)!.values;
  const variance = weights.get(`${layer}.running_var`)!.values;
  const negative = variance.findIndex((value) => value < 0);
  if (negative >= 0) {
    const place = `${layer}.running_var, unit ${negative}`;
    throw new ExportError(place, 'a variance of at least 0', `${variance[negative]}`);
  }
  const untouched = mean.every((value) => value === 0) && variance.every((value) => value === 1);
  if (untouched && !(trainedSteps > 0)) {
    const expected = 'running statistics measured while training';
    const found = 'initial ones, mean 0 and variance 1, after 0 steps: train before exporting';
    throw new ExportError(layer, expected, found);
  }
}

function checkNormalization({ mean, deviation }: Normalization, features: number): void {
  const named = { 'input normalization, mean': mean, 'input normalization, deviation': deviation };
  for (const [place, values] of Object.entries(named)) {
    if (values.length !== 1 && values.length !== features) {
      throw new ExportError(place, `1 or ${features} values`, `${values.length}`);
    }
    checkFinite(place, values);
  }
  const zero = deviation.findIndex((value) => value <= 0);
  if (zero >= 0) {
    const place = `input normalization, deviation of feature ${zero}`;
    throw new ExportError(place, 'a number above 0', `${deviation[zero]}`);
  }
}

function checkFinite(place: string, values: Float32Array): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index >= 0)
    throw new ExportError(`${place}, value ${index}`, 'a finite number', `${values[index]}`);
}
