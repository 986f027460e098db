/** Layers that some opset has no operator for, or one that not every runtime computes well, put together from simpler ones. */
import type { Layer, Shape } from '../network/types.ts';
import { type LayerOf, type LayerSite, weight } from './layer-site.ts';
import { float, integer, integers, type NodeWriter } from './node-writer.ts';

/** An operator since opset 17; before it, one group of all channels. */
export function writeLayerNorm(layer: LayerOf<'layernorm'>, site: LayerSite): string {
  const { name, epsilon, input } = layer;
  if (site.opset < 17) return writeGroups(layer, 1, input, site);
  return site.writer.node(
    'LayerNormalization',
    name,
    [site.inputs[0], weight(layer, 'weight', site), weight(layer, 'bias', site)],
    [integer('axis', 1), float('epsilon', epsilon)],
  );
}

/**
 * Normalizes groups of channels within each example, by InstanceNormalization over `[batch, groups, values]`; gamma and
 * beta of `shape` follow apart, since there they belong to channels or values and not to groups. The operator GroupNormalization of opset 21 is not
 * used: onnxruntime 1.30 takes the variance as a difference of large squares in float32, which is NaN for a mean of 1,000.
 */
export function writeGroups(
  layer: LayerOf<'layernorm' | 'groupnorm'>,
  groups: number,
  shape: Shape,
  { writer, weights, inputs }: LayerSite,
): string {
  const { name, epsilon, input } = layer;
  const ones = writer.floats(`${name}.ones`, [groups], new Float32Array(groups).fill(1));
  const zeros = writer.floats(`${name}.zeros`, [groups], new Float32Array(groups));
  const grouped = reshape(`${name}.group`, [groups, -1], writer, inputs[0]);
  const normalized = writer.node(
    'InstanceNormalization',
    `${name}.normalize`,
    [grouped, ones, zeros],
    [float('epsilon', epsilon)],
  );
  const restored = reshape(`${name}.restore`, input, writer, normalized);
  const learned = (role: string) => {
    const tensor = `${name}.${role}`;
    return writer.floats(tensor, shape, weights.get(tensor)!.values);
  };
  const scaled = writer.node('Mul', `${name}.scale`, [restored, learned('weight')]);
  return writer.node('Add', name, [scaled, learned('bias')]);
}

/**
 * x / (bias + alpha * mean of squares)^beta. ONNX has LRN, but its neighbourhood of an even size lies otherwise than
 * PyTorch's and runtimes take it for images alone; an average over channels, zeros beyond them, is the same.
 */
export function writeLrn(layer: LayerOf<'lrn'>, { writer, inputs: [x] }: LayerSite): string {
  const { name, size, alpha, beta, bias, input } = layer;
  const constant = (role: string, value: number) =>
    writer.floats(`${name}.${role}`, [1], Float32Array.of(value));
  const before = Math.floor(size / 2);
  const squares = writer.node('Mul', `${name}.square`, [x, x]);
  const plane = reshape(`${name}.plane`, [1, input[0], -1], writer, squares);
  const mean = writer.node(
    'AveragePool',
    `${name}.average`,
    [plane],
    [
      integers('kernel_shape', [size, 1]),
      integers('pads', [before, 0, size - 1 - before, 0]),
      integer('count_include_pad', 1),
    ],
  );
  const scaled = writer.node('Mul', `${name}.scale`, [mean, constant('alpha', alpha)]);
  const shifted = writer.node('Add', `${name}.shift`, [scaled, constant('bias', bias)]);
  const power = writer.node('Pow', `${name}.power`, [shifted, constant('beta', beta)]);
  return writer.node('Div', name, [x, reshape(`${name}.restore`, input, writer, power)]);
}

/** x / 2 * (1 + erf(x / sqrt(2))), an operator since opset 20. */
export function writeGelu({ name }: Layer, { writer, inputs: [x], opset }: LayerSite): string {
  if (opset >= 20) return writer.node('Gelu', name, [x]);
  const constant = (role: string, value: number) =>
    writer.floats(`${name}.${role}`, [1], Float32Array.of(value));
  const scaled = writer.node('Mul', `${name}.scale`, [x, constant('root', Math.SQRT1_2)]);
  const erf = writer.node('Erf', `${name}.erf`, [scaled]);
  const share = writer.node('Add', `${name}.shift`, [erf, constant('one', 1)]);
  const half = writer.node('Mul', `${name}.half`, [x, constant('half', 0.5)]);
  return writer.node('Mul', name, [half, share]);
}

/**
 * Over channels. Before opset 13 the operator takes everything from its axis on as one row, so there the channels of
 * images and sequences become the last axis and then the first again.
 */
export function writeSoftmax(
  name: string,
  shape: Shape,
  { writer, x, opset }: { writer: NodeWriter; x: string; opset: number },
): string {
  if (opset >= 13 || shape.length === 1) {
    return writer.node('Softmax', name, [x], [integer('axis', 1)]);
  }
  const locations = shape.slice(1).map((_, index) => index + 2);
  const last = shape.length;
  const turned = writer.node(
    'Transpose',
    `${name}.channels_last`,
    [x],
    [integers('perm', [0, ...locations, 1])],
  );
  const rows = writer.node('Softmax', `${name}.rows`, [turned], [integer('axis', last)]);
  return writer.node(
    'Transpose',
    name,
    [rows],
    [integers('perm', [0, last, ...locations.map((axis) => axis - 1)])],
  );
}

/** `shape` without the batch, which stays. */
function reshape(name: string, shape: Shape, writer: NodeWriter, x: string): string {
  return writer.node('Reshape', name, [x, writer.integers(`${name}.shape`, [0, ...shape])]);
}
