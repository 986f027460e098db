/**
 * Convolutions of images and sequences; a sequence is an image of one line. Images of few channels that come straight
 * from the data have kernels of their own, and so have depthwise convolutions.
 */
import { lanes, type Place, panelBytes, panels } from '../blocked.ts';
import { type Call, inParts, local, meeting } from '../calls.ts';
import { backwardWindows, forwardWindows, locations, tapRectangles } from '../windows.ts';
import {
  bandsOf,
  type Conv,
  geometryOf,
  isDepthwise,
  isSpread,
  packedWeights,
  pixelBytes,
  spreadExtent,
  transposedWeights,
  weightExtent,
} from './conv-weights.ts';
import type { InferenceSite, LayerDefinition, TrainingSite } from './layer.ts';
import {
  winogradForward,
  winogradInputGradient,
  winogradPays,
  winogradWeightGradient,
} from './winograd.ts';

/** Bytes of the weights between one channel and eight filters, and between eight and eight. */
const weightRow = lanes * Float32Array.BYTES_PER_ELEMENT;
const weightBlock = lanes * weightRow;

/** Channels up to which an input in planes is faster: there every tap of every channel is an entry of its own. */
const planesLimit = 4;

export const conv: LayerDefinition<Conv> = {
  parameters: ({ kind, filters, kernel, groups, bias, input }) => {
    const taps = kind === 'conv1d' ? [kernel[1]] : kernel;
    const shape = [filters, input[0] / groups, ...taps];
    return [
      { tensor: 'weight', shape, pixels: kernel[0] * kernel[1], initial: 'random', learned: true },
      ...(bias ? [{ tensor: 'bias', shape: [filters], initial: 0, learned: true } as const] : []),
    ];
  },

  readsPlanes: ({ input, groups }) => groups === 1 && input[0] <= planesLimit,

  backwardReads: ['input'],

  forward: convolution,

  backward: (site) => [
    ...(site.inputGradient ? inputGradient(site, site.inputGradient) : []),
    ...weightGradient(site),
    ...(site.layer.bias ? [biasGradient(site)] : []),
  ],

  inference: convolution,
};

function convolution(site: InferenceSite<Conv>): readonly Call[] {
  const { layer, input, output, parameter } = site;
  const { taps, variant } = formOf(layer, input);
  if (variant === 'winograd') return winogradForward(site);
  const [height, width] = locations(layer.output);
  const bias = layer.bias ? parameter('bias') : 0;
  const call = (kernel: string, weights: number, windows: Int32Array, ...args: number[]) =>
    inParts(
      meeting(
        kernel,
        panels(output),
        ...[input.offset, weights, bias, output.offset, site.table(windows), height, width],
        ...args,
      ),
      height,
    );
  const geometry = geometryOf(layer);
  if (variant === 'planes') {
    const windows = forwardWindows(geometry, pixelBytes(input), (tap) =>
      Array.from({ length: input.units }, (_, channel) => ({
        offset: channel * panelBytes(input),
        value: tap * weightBlock + channel * weightRow,
      })),
    );
    const strides = [panelBytes(weightExtent(layer)), panelBytes(output)];
    return [call('convolvePlanes', parameter('weight'), windows, ...strides, pixelBytes(output))];
  }
  const windows = forwardWindows(geometry, pixelBytes(input), weightsOf);
  const { offset, stride, calls } = packedWeights(site);
  const strides = [panelBytes(input), stride, panelBytes(output), pixelBytes(output)];
  if (variant === 'depthwise') return [call('depthwise', offset, windows, ...strides)];
  const { bands, latest, channels, filters } = bandsOf(layer);
  return [
    ...calls,
    call(
      'convolve',
      offset,
      windows,
      ...[...strides, taps, input.units, bands, channels, filters, latest],
    ),
  ];
}

/** The same product the other way: transposed weights, windows from the input's side. */
function inputGradient(site: TrainingSite<Conv>, gradient: Place): readonly Call[] {
  const { layer, output, outputGradient } = site;
  const { taps, variant } = formOf(layer, gradient);
  if (variant === 'winograd') return winogradInputGradient(site, gradient);
  const [height, width] = locations(layer.input);
  const windows = backwardWindows(geometryOf(layer), pixelBytes(output), weightsOf);
  const call = (kernel: string, weights: number, stride: number, ...args: number[]) =>
    inParts(
      meeting(
        kernel,
        panels(gradient),
        ...[outputGradient.offset, weights, 0, gradient.offset],
        ...[site.table(windows), height, width],
        ...[panelBytes(output), stride, panelBytes(gradient), pixelBytes(gradient), ...args],
      ),
      height,
    );
  if (variant === 'depthwise') {
    const { offset, stride } = packedWeights(site);
    return [call('depthwise', offset, stride)];
  }
  const { calls, offset, stride } = transposedWeights(site, gradient);
  const { bands, latest, channels, filters } = bandsOf(layer, 'backward');
  return [
    ...calls,
    call('convolve', offset, stride, ...[taps, output.units, bands, filters, channels, latest]),
  ];
}

function weightGradient(site: TrainingSite<Conv>): readonly Call[] {
  const { layer, input, output, outputGradient, gradient } = site;
  const { taps, variant } = formOf(layer, input);
  if (variant === 'winograd') return winogradWeightGradient(site);
  const [inputWidth, outputWidth] = [locations(layer.input)[1], locations(layer.output)[1]];
  const from = pixelBytes(input);
  const to = pixelBytes(output);
  const rectangles = site.table(tapRectangles(geometryOf(layer), from, to));
  const [down, right] = layer.stride;
  const steps = [down * inputWidth * from, outputWidth * to, right * from, to];
  const { bands, latest, channels, filters } = bandsOf(layer);
  const call = (
    kernel: string,
    parts: number,
    weights: number,
    stride: number,
    ...args: number[]
  ) =>
    inParts(
      meeting(
        kernel,
        panels(output),
        ...[input.offset, outputGradient.offset, weights, rectangles, stride],
        ...[panelBytes(input), panelBytes(output), ...steps, output.rows, taps],
        ...args,
      ),
      parts,
    );
  const kept = panelBytes(weightExtent(layer));
  const weights = gradient('weight');
  if (variant === 'planes') {
    return [call('convPlanesWeightGradient', taps, weights, kept, input.units)];
  }
  if (variant === 'depthwise') return [call('depthwiseWeightGradient', taps, weights, kept)];
  const product = (place: number, stride: number) =>
    call(
      'convWeightGradient',
      bands * taps,
      ...([place, stride] as const),
      ...[input.units, bands, channels, filters, latest],
    );
  if (variant === 'plain') return [product(weights, kept)];
  const spread = spreadExtent(layer);
  const place = site.buffer('spread gradient', spread);
  const shape = [taps, output.units, channels, filters, latest];
  return [
    product(place, panelBytes(spread)),
    meeting('convGather', panels(output), place, weights, panelBytes(spread), kept, ...shape),
  ];
}

function biasGradient({ output, outputGradient, gradient }: TrainingSite<Conv>): Call {
  return local(
    'convBiasGradient',
    panels(output),
    ...[outputGradient.offset, gradient('bias'), panelBytes(output)],
    ...[output.rows, output.pixels, output.stride],
  );
}

/** Which kernels do the work. */
function formOf(layer: Conv, input: Place) {
  const taps = layer.kernel[0] * layer.kernel[1];
  const grouped = isSpread(layer) ? 'spread' : 'plain';
  const direct = isDepthwise(layer) ? 'depthwise' : grouped;
  const inPanels = winogradPays(layer, input.stride) ? 'winograd' : direct;
  const variant = input.lanes === 1 ? 'planes' : inPanels;
  return { taps, variant } as const;
}

function weightsOf(tap: number) {
  return [{ offset: 0, value: tap * weightBlock }];
}
