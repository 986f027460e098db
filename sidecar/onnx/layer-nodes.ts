/**
 * Each kind of layer as ONNX nodes at inference, in operators of the opset that was chosen. Those that
 * some opsets have to put together from simpler ones are in composed-nodes.ts.
 */
import type { AttributeProto } from 'onnx-buf';
import type { Layer, LayerKind, Shape } from '../network/types.ts';
import {
  writeGelu,
  writeGroups,
  writeLayerNorm,
  writeLrn,
  writeSoftmax,
} from './composed-nodes.ts';
import { type LayerOf, type LayerSite, weight } from './layer-site.ts';
import { float, integer, integers, type NodeWriter } from './node-writer.ts';

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
  layernorm: writeLayerNorm,
  groupnorm: (layer, site) => {
    const [channels, ...locations] = layer.input;
    return writeGroups(layer, layer.groups, [channels, ...locations.map(() => 1)], site);
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

function flatten(name: string, writer: NodeWriter, x: string): string {
  return writer.node('Flatten', name, [x], [integer('axis', 1)]);
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
