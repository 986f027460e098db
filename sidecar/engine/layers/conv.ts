/**
 * Convolutions of images and sequences; a sequence is an image of one line. Images of few channels that come straight
 * from the data have kernels of their own, and so have depthwise convolutions.
 */
import { lanes, matrixExtent, type Place, panelBytes, panels } from '../blocked.ts';
import { type Call, inParts, local, meeting } from '../calls.ts';
import {
  backwardWindows,
  forwardWindows,
  type Geometry,
  locations,
  tapRectangles,
} from '../windows.ts';
import type { InferenceSite, LayerDefinition, LayerOf, TrainingSite } from './layer.ts';

type Conv = LayerOf<'conv2d' | 'conv1d'>;

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
  const [height, width] = locations(layer.input);
  const windows = backwardWindows(geometryOf(layer), pixelBytes(output), weightsOf);
  const call = (kernel: string, weights: number, ...args: number[]) =>
    inParts(
      meeting(
        kernel,
        panels(gradient),
        ...[outputGradient.offset, weights, 0, gradient.offset],
        ...[site.table(windows), height, width, ...args],
      ),
      height,
    );
  const { offset, stride } = packedWeights(site);
  const strides = (weights: number) => [
    ...[panelBytes(output), weights, panelBytes(gradient), pixelBytes(gradient)],
  ];
  if (variant === 'depthwise') return [call('depthwise', offset, ...strides(stride))];
  const { bands, latest, channels, filters } = bandsOf(layer);
  const back = bandsOf(layer, 'backward');
  const extent = matrixExtent(gradient.units, back.bands * lanes * taps, taps);
  const whole = { ...extent, stride: back.bands * lanes };
  const transposed = site.buffer('transposed', whole);
  return [
    local(
      'convTranspose',
      panels(gradient),
      ...[offset, transposed, stride, taps, gradient.units],
      ...[bands, latest, back.bands, back.latest, channels, filters],
    ),
    call(
      'convolve',
      transposed,
      ...[...strides(panelBytes(whole)), taps, output.units],
      ...[back.bands, filters, channels, back.latest],
    ),
  ];
}

function weightGradient(site: TrainingSite<Conv>): readonly Call[] {
  const { layer, input, output, outputGradient, gradient } = site;
  const { taps, variant } = formOf(layer, input);
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
  const channels = layer.input[0] / layer.groups;
  const filters = layer.filters / layer.groups;
  const aligned = channels % lanes === 0 && filters % lanes === 0;
  const grouped = layer.groups > 1 && !aligned ? 'spread' : 'plain';
  const depthwise = channels === 1 && filters === 1 && layer.groups > 1;
  const variant = input.lanes === 1 ? 'planes' : depthwise ? 'depthwise' : grouped;
  return { taps, variant } as const;
}

/** The weights as kernels take them, and the calls that bring them there. */
function packedWeights(site: InferenceSite<Conv>) {
  const { layer, input, output, parameter } = site;
  const { taps, variant } = formOf(layer, input);
  const offset = parameter('weight');
  const stride = panelBytes(weightExtent(layer));
  if (variant !== 'spread') return { offset, stride, calls: [] };
  const spread = spreadExtent(layer);
  const place = site.buffer('spread', spread);
  const { bands, latest, channels, filters } = bandsOf(layer);
  const shape = [taps, bands, channels, filters, latest];
  const strides = [stride, panelBytes(spread)];
  const calls = [local('convSpread', panels(output), offset, place, ...strides, ...shape)];
  return { offset: place, stride: panelBytes(spread), calls };
}

function weightExtent({ filters, groups, kernel, input }: Conv) {
  const taps = kernel[0] * kernel[1];
  return matrixExtent(filters, (input[0] / groups) * taps, taps);
}

function spreadExtent(layer: Conv) {
  const taps = layer.kernel[0] * layer.kernel[1];
  const channels = bandsOf(layer).bands * lanes;
  return { ...matrixExtent(layer.filters, channels * taps, taps), stride: channels };
}

/**
 * The panels that a panel of the other side is connected to: at most `bands`, from a panel up to `latest`. `channels` and
 * `filters` are those of a group.
 */
function bandsOf({ input, filters, groups }: Conv, direction: 'forward' | 'backward' = 'forward') {
  const [from, to] = direction === 'forward' ? [input[0], filters] : [filters, input[0]];
  const [inside, outside] = [from / groups, to / groups];
  let bands = 1;
  for (let first = 0; first < to; first += lanes) {
    const last = Math.min(first + lanes, to) - 1;
    const start = Math.floor((Math.floor(first / outside) * inside) / lanes);
    const end = Math.floor(((Math.floor(last / outside) + 1) * inside - 1) / lanes);
    bands = Math.max(bands, end - start + 1);
  }
  const latest = Math.ceil(from / lanes) - bands;
  return { bands, latest, channels: input[0] / groups, filters: filters / groups };
}

function weightsOf(tap: number) {
  return [{ offset: 0, value: tap * weightBlock }];
}

function pixelBytes({ stride, lanes }: Place): number {
  return stride * lanes * Float32Array.BYTES_PER_ELEMENT;
}

function geometryOf(layer: Conv): Geometry {
  return { ...layer, input: locations(layer.input), output: locations(layer.output) };
}
