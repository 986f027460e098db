/**
 * Batch normalization at inference folded into the dense or convolution layer right before it. It is an affine map of
 * each channel there (section 3.1 of the paper, Algorithm 2, line 11), so a layer that is one takes it in: a network and
 * its weights become another network and its weights, and nothing here knows of ONNX's own format.
 */
import type { Layer, Network, Shape, Tensor, Weights } from '../network/types.ts';
import type { Folding } from '../protocol/onnx.ts';
import { computesNothing } from './layer-nodes.ts';
import type { LayerOf } from './layer-site.ts';
import { checkParameters } from './parameters.ts';

/** What can be folded: the source of a model, or one member of an ensemble. */
interface Foldable {
  readonly network: Network;
  readonly weights: Weights;
}

type Linear = LayerOf<'dense' | 'conv2d' | 'conv1d'>;
type BatchNorm = LayerOf<'batchnorm'>;

/** y = scale * x + shift for each channel, `[channels]` each, in float64. */
interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** The layer that a normalization goes into, and those between the two, which compute nothing. */
interface Host {
  readonly host: Linear;
  readonly between: readonly Layer[];
}

/**
 * The same with every batch normalization folded that can be: its layer gets a bias and takes the normalization's place.
 * Computed in float64 and rounded once to float32, also where several follow each other. Throws an ExportError for
 * values that must not be exported, since a folded negative variance could no longer be told.
 */
export function foldBatchNorm<T extends Foldable>(
  source: T,
  trainedSteps: number,
): T & { readonly folding: Folding } {
  const { network } = source;
  checkParameters(network, source.weights, trainedSteps);
  let { layers } = network;
  const weights = new Map(source.weights);
  /** By layer, all that has been folded into it so far, of the values it had before. */
  const affines = new Map<string, Affine>();
  const folded: Folding['folded'][number][] = [];
  const kept: Folding['kept'][number][] = [];
  for (const { name } of network.layers.filter(({ kind }) => kind === 'batchnorm')) {
    // Its input may have become another by what was folded before it.
    const layer = layers.find((each): each is BatchNorm => each.name === name)!;
    const keep = (why: string) => kept.push({ batchnorm: name, reason: `${name} is kept: ${why}` });
    const found = findHost(layer, layers);
    if (typeof found === 'string') {
      keep(found);
      continue;
    }
    const { host, between } = found;
    const affine = compose(affines.get(host.name), affineOf(layer, source.weights));
    const tensors = applyTo(host.name, affine, source.weights);
    const broken = [...tensors].find(([, { values }]) => !values.every(Number.isFinite));
    if (broken !== undefined) {
      keep(`folded into ${host.name}, values of ${broken[0]} would be too large for float32.`);
      continue;
    }
    affines.set(host.name, affine);
    for (const role of ['weight', 'bias', 'running_mean', 'running_var']) {
      weights.delete(`${name}.${role}`);
    }
    for (const [tensor, value] of tensors) weights.set(tensor, value);
    layers = replace(layers, layer, { ...host, bias: true }, between);
    folded.push({ batchnorm: name, into: host.name });
  }
  return { ...source, network: { ...network, layers }, weights, folding: { folded, kept } };
}

/** What a normalization can go into, or the end of a sentence that says why there is nothing. */
function findHost(normalization: Layer, layers: readonly Layer[]): Host | string {
  const between: Layer[] = [];
  let reader = normalization;
  for (;;) {
    const [name] = reader.inputs;
    const layer = layers.find((each) => each.name === name);
    if (layer === undefined) {
      return "it takes the network's input, and only a dense or convolution layer right before it could take it in.";
    }
    const isLinear = layer.kind === 'dense' || layer.kind === 'conv2d' || layer.kind === 'conv1d';
    if (!isLinear && !computesNothing(layer)) {
      return `${describe(layer)} stands before it, and only a dense or convolution layer could take it in.`;
    }
    const others = layers.filter((each) => each !== reader && each.inputs.includes(name));
    if (others.length > 0) {
      const names = others.map((each) => each.name).join(', ');
      return `the output of ${name} before it also goes to ${names}, where it must stay as it is.`;
    }
    if (isLinear) return { host: layer, between };
    between.push(layer);
    reader = layer;
  }
}

/** `relu1`, and its kind too where its author has called it otherwise. */
function describe({ name, kind }: Layer): string {
  return name.startsWith(kind) ? name : `${name} (${kind})`;
}

/** gamma / sqrt(variance + epsilon) and beta - that * mean, with epsilon as the float32 that an attribute holds. */
function affineOf({ name, epsilon }: BatchNorm, weights: Weights): Affine {
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
    (role) => weights.get(`${name}.${role}`)!.values,
  );
  const scale = Float64Array.from(
    gamma,
    (each, channel) => each / Math.sqrt(variance[channel] + Math.fround(epsilon)),
  );
  const shift = Float64Array.from(beta, (each, channel) => each - scale[channel] * mean[channel]);
  return { scale, shift };
}

/** `first`, if anything, and then `second`. */
function compose(first: Affine | undefined, second: Affine): Affine {
  if (first === undefined) return second;
  const { scale, shift } = second;
  return {
    scale: scale.map((each, channel) => each * first.scale[channel]),
    shift: shift.map((each, channel) => scale[channel] * first.shift[channel] + each),
  };
}

/** Weight and bias of a layer whose output goes through `affine`. A weight's first dimension is the channel. */
function applyTo(
  layer: string,
  { scale, shift }: Affine,
  weights: Weights,
): ReadonlyMap<string, Tensor> {
  const names = { weight: `${layer}.weight`, bias: `${layer}.bias` };
  const { shape, values } = weights.get(names.weight)!;
  const channels = shape[0];
  const before = weights.get(names.bias)?.values;
  const bias = Float32Array.from(
    shift,
    (each, channel) => each + scale[channel] * (before?.[channel] ?? 0),
  );
  const size = values.length / channels;
  const weight = values.map((each, index) => each * scale[Math.floor(index / size)]);
  const biasShape: Shape = [channels];
  return new Map([
    [names.weight, { shape, values: weight }],
    [names.bias, { shape: biasShape, values: bias }],
  ]);
}

/**
 * `host` in the place of `normalization` rather than in its own, so that the last layer stays the last and every layer
 * still comes after its inputs; what lies between goes, since nothing else reads it.
 */
function replace(
  layers: readonly Layer[],
  normalization: Layer,
  host: Linear,
  between: readonly Layer[],
): readonly Layer[] {
  const rename = (name: string) => (name === normalization.name ? host.name : name);
  return layers.flatMap((layer): Layer[] => {
    if (layer === normalization) return [host];
    if (layer.name === host.name || between.includes(layer)) return [];
    return [{ ...layer, inputs: layer.inputs.map(rename) }];
  });
}
