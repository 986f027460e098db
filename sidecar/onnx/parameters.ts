/** Which tensors a layer owns, in PyTorch's names and layouts, and what values they may hold in an exported model. */
import {
  type Layer,
  type Network,
  type Normalization,
  type Shape,
  sizeOf,
  type Tensor,
  type Weights,
} from '../network/types.ts';
import { ExportError } from './errors.ts';

export interface Parameter {
  /** `<layer>.<role>` */
  readonly name: string;
  readonly shape: readonly number[];
}

/** The tensors of one layer; a normalization's weight is gamma and its bias beta. */
export function layerParameters(layer: Layer): Parameter[] {
  const tensor = (role: string, shape: Shape) => ({ name: `${layer.name}.${role}`, shape });
  switch (layer.kind) {
    case 'dense':
    case 'conv2d':
    case 'conv1d': {
      const shape = weightShape(layer);
      const weight = tensor('weight', shape);
      return layer.bias ? [weight, tensor('bias', [shape[0]])] : [weight];
    }
    case 'batchnorm':
      return ['weight', 'bias', 'running_mean', 'running_var'].map((role) =>
        tensor(role, [layer.input[0]]),
      );
    case 'layernorm':
      return ['weight', 'bias'].map((role) => tensor(role, layer.input));
    case 'groupnorm':
      return ['weight', 'bias'].map((role) => tensor(role, [layer.input[0]]));
    default:
      return [];
  }
}

function weightShape(layer: Extract<Layer, { readonly bias: boolean }>): Shape {
  if (layer.kind === 'dense') return [layer.units, sizeOf(layer.input)];
  const { filters, input, groups, kernel } = layer;
  const taps = layer.kind === 'conv1d' ? kernel.slice(1) : kernel;
  return [filters, input[0] / groups, ...taps];
}

/**
 * Throws an ExportError at the first value a runtime would turn into wrong numbers without a word: NaN, infinities, a
 * negative variance, a missing or misshapen tensor, and a normalization that has never seen a batch.
 */
export function checkExportable(
  network: Network,
  weights: Weights,
  normalization: Normalization,
  trainedSteps: number,
): void {
  checkParameters(network, weights, trainedSteps);
  checkNormalization(normalization, sizeOf(network.input));
}

/** As `checkExportable`, without the input's normalization. */
export function checkParameters(network: Network, weights: Weights, trainedSteps: number): void {
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
}

function checkTensor({ name, shape }: Parameter, tensor: Tensor | undefined): void {
  const expected = `values of shape [${shape}]`;
  if (tensor === undefined) throw new ExportError(name, expected, 'nothing');
  if (String(tensor.shape) !== String(shape)) {
    throw new ExportError(name, expected, `[${tensor.shape}]`);
  }
  if (tensor.values.length !== sizeOf(shape)) {
    throw new ExportError(name, `${sizeOf(shape)} values`, `${tensor.values.length}`);
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
