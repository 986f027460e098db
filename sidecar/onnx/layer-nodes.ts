/**
 * Each kind of layer as ONNX nodes at inference, in operators of the opset that was chosen. What it has no operator for,
 * or one that not every runtime computes for every shape, is put together from simpler ones.
 */
import type { AttributeProto } from 'onnx-buf';
import type { Layer, LayerKind, Shape, Weights } from '../network/types.ts';
import { float, integer, integers, type NodeWriter } from './node-writer.ts';

/** Where a layer's nodes go and what they can see. */
export interface LayerSite {
  readonly writer: NodeWriter;
  readonly weights: Weights;
  /** Names of the tensors it reads. */
  readonly inputs: readonly string[];
  /** Whether a batch normalization, and nothing else, reads its output. */
  readonly normalized: boolean;
  /** Version of the standard operators. */
  readonly opset: number;
}

export type LayerOf<K extends LayerKind> = Extract<Layer, { readonly kind: K }>;
/** Adds the nodes of a layer and returns the name of its output. */
type Write<K extends LayerKind> = (layer: LayerOf<K>, site: LayerSite) => string;

/** Added to a weight's name where the graph holds it as [in, out], as MatMul wants it. */
export const transposedSuffix = '_transposed';

export function writeLayer(layer: Layer, site: LayerSite): string {
  return (definitions[layer.kind] as Write<LayerKind>)(layer as LayerOf<LayerKind>, site);
}

/** Dropping out at inference and flattening what is flat leave their input as it is. */
export function computesNothing({ kind, input }: Layer): boolean {
  return kind === 'dropout' || (kind === 'flatten' && input.length === 1);
}

const definitions: { readonly [K in LayerKind]: Write<K> } = {
  dense: writeDense,
  conv2d: writeConvolution,
  conv1d: writeConvolution,
  batchnorm: (layer, site) =>
    site.writer.node(
      'BatchNormalization',
      layer.name,
      [
        site.inputs[0],
        ...['weight', 'bias', 'running_mean', 'running_var'].map((role) =>
          weight(layer, role, site),
        ),
      ],
      [
        float('epsilon', layer.epsilon),
        // ONNX means the weight of the old value.
        float('momentum', 1 - layer.momentum),
        ...(site.opset >= 14 ? [integer('training_mode', 0)] : []),
      ],
    ),
  layernorm: (layer, site) => writeExampleNorm(layer, 1, layer.input, site),
  groupnorm: (layer, site) => {
    const [channels, ...locations] = layer.input;
    return writeExampleNorm(layer, layer.groups, [channels, ...locations.map(() => 1)], site);
  },
  lrn: writeLrn,
  maxpool: (layer, { writer, inputs }) =>
    writer.node('MaxPool', layer.name, inputs, windowAttributes(layer)),
  avgpool: (layer, { writer, inputs }) =>
    writer.node('AveragePool', layer.name, inputs, [
      ...windowAttributes(layer),
      integer('count_include_pad', 0),
    ]),
  'global-avgpool': ({ name }, { writer, inputs }) =>
    flatten(name, writer, writer.node('GlobalAveragePool', `${name}.average`, inputs)),
  sigmoid: plain('Sigmoid'),
  tanh: plain('Tanh'),
  relu: plain('Relu'),
  'leaky-relu': ({ name, slope }, { writer, inputs }) =>
    writer.node('LeakyRelu', name, inputs, [float('alpha', slope)]),
  softplus: plain('Softplus'),
  gelu: writeGelu,
  silu: ({ name }, { writer, inputs: [x] }) =>
    writer.node('Mul', name, [x, writer.node('Sigmoid', `${name}.sigmoid`, [x])]),
  softmax: ({ name, input }, { writer, inputs: [x], opset }) =>
    writeSoftmax(name, input, { writer, x, opset }),
  dropout: (_, { inputs }) => inputs[0],
  flatten: (layer, { writer, inputs: [x] }) =>
    computesNothing(layer) ? x : flatten(layer.name, writer, x),
  concat: ({ name }, { writer, inputs }) =>
    writer.node('Concat', name, inputs, [integer('axis', 1)]),
  add: plain('Add'),
};

function plain(opType: string) {
  return ({ name }: Layer, { writer, inputs }: LayerSite) => writer.node(opType, name, inputs);
}

/** MatMul without a bias before a batch normalization, which onnxruntime then folds; Gemm otherwise. */
function writeDense(layer: LayerOf<'dense'>, site: LayerSite): string {
  const { name, input, bias } = layer;
  const { writer, weights, normalized } = site;
  const x = input.length > 1 ? flatten(`${name}.flatten`, writer, site.inputs[0]) : site.inputs[0];
  if (bias || !normalized) {
    const zeros = () =>
      writer.floats(`${name}.zeros`, [layer.units], new Float32Array(layer.units));
    const learned = [
      weight(layer, 'weight', site),
      ...(bias ? [weight(layer, 'bias', site)] : []),
      // Gemm can go without its third input since opset 11.
      ...(!bias && site.opset < 11 ? [zeros()] : []),
    ];
    return writer.node('Gemm', name, [x, ...learned], [integer('transB', 1)]);
  }
  const { shape, values } = weights.get(`${name}.weight`)!;
  const [rows, columns] = shape;
  const transposed = transpose(values, rows, columns);
  const factor = writer.floats(`${name}.weight${transposedSuffix}`, [columns, rows], transposed);
  return writer.node('MatMul', name, [x, factor]);
}

function writeConvolution(layer: LayerOf<'conv2d' | 'conv1d'>, site: LayerSite): string {
  const { name, groups, input } = layer;
  const learned = [
    weight(layer, 'weight', site),
    ...(layer.bias ? [weight(layer, 'bias', site)] : []),
  ];
  return site.writer.node(
    'Conv',
    name,
    [site.inputs[0], ...learned],
    [
      ...windowAttributes(layer),
      integers('dilations', axes(layer.dilation, input)),
      integer('group', groups),
    ],
  );
}

/**
 * Normalizes groups of channels within each example, by InstanceNormalization over `[batch, groups, values]`; gamma and
 * beta of `shape` follow apart, since there they belong to channels or values and not to groups.
 */
function writeExampleNorm(
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
function writeLrn(layer: LayerOf<'lrn'>, { writer, inputs: [x] }: LayerSite): string {
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

/** x / 2 * (1 + erf(x / sqrt(2))): the operator Gelu is younger than opset 15. */
function writeGelu({ name }: Layer, { writer, inputs: [x] }: LayerSite): string {
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

function weight({ name }: Layer, role: string, { writer, weights }: LayerSite): string {
  const { shape, values } = weights.get(`${name}.${role}`)!;
  return writer.floats(`${name}.${role}`, shape, values);
}

function flatten(name: string, writer: NodeWriter, x: string): string {
  return writer.node('Flatten', name, [x], [integer('axis', 1)]);
}

/** `shape` without the batch, which stays. */
function reshape(name: string, shape: Shape, writer: NodeWriter, x: string): string {
  return writer.node('Reshape', name, [x, writer.integers(`${name}.shape`, [0, ...shape])]);
}

type Window = LayerOf<'maxpool' | 'avgpool' | 'conv2d' | 'conv1d'>;

function windowAttributes({ kernel, stride, padding, input }: Window): AttributeProto[] {
  const { top, bottom, left, right } = padding;
  return [
    integers('kernel_shape', axes(kernel, input)),
    integers('strides', axes(stride, input)),
    integers('pads', [...axes([top, left], input), ...axes([bottom, right], input)]),
  ];
}

/** `[height, width]` for images, `[width]` for sequences. */
function axes(pair: readonly [number, number], input: Shape): readonly number[] {
  return input.length === 2 ? pair.slice(1) : pair;
}

/** `[rows, columns]` row-major becomes `[columns, rows]`. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      result[column * rows + row] = values[row * columns + column];
    }
  }
  return result;
}
