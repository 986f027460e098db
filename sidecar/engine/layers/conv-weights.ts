/** How the weights of a convolution lie in memory, and the calls that lay them out in other ways. */
import { lanes, matrixExtent, type Place, panelBytes, panels } from '../blocked.ts';
import { local } from '../calls.ts';
import { coverage, type Geometry, locations } from '../windows.ts';
import type { InferenceSite, LayerOf, TrainingSite } from './layer.ts';

export type Conv = LayerOf<'conv2d' | 'conv1d'>;

export function weightExtent({ filters, groups, kernel, input }: Conv) {
  const taps = kernel[0] * kernel[1];
  return matrixExtent(filters, (input[0] / groups) * taps, taps);
}

/** Every channel has one filter of its own. */
export function isDepthwise({ input, filters, groups }: Conv): boolean {
  return groups > 1 && input[0] === groups && filters === groups;
}

/** Panels have weights of several groups, which kernels only take with zeros between them. */
export function isSpread(layer: Conv): boolean {
  const { input, filters, groups } = layer;
  const aligned = [input[0], filters].every((units) => (units / groups) % lanes === 0);
  return groups > 1 && !aligned && !isDepthwise(layer);
}

/** The weights as kernels take them, and the calls that bring them there. */
export function packedWeights({ layer, output, parameter, buffer }: InferenceSite<Conv>) {
  const offset = parameter('weight');
  const stride = panelBytes(weightExtent(layer));
  if (!isSpread(layer)) return { offset, stride, calls: [] };
  const spread = spreadExtent(layer);
  const place = buffer('spread', spread);
  const { bands, latest, channels, filters } = bandsOf(layer);
  const shape = [spread.pixels, bands, channels, filters, latest];
  const strides = [stride, panelBytes(spread)];
  const calls = [local('convSpread', panels(output), offset, place, ...strides, ...shape)];
  return { offset: place, stride: panelBytes(spread), calls };
}

/** The packed weights with channels and filters in each other's place, in the same form. */
export function transposedWeights(site: TrainingSite<Conv>, gradient: Place) {
  const { layer } = site;
  const packed = packedWeights(site);
  const { bands, latest, channels, filters } = bandsOf(layer);
  const back = bandsOf(layer, 'backward');
  const extent = spreadExtent(layer, 'backward');
  const offset = site.buffer('transposed', extent);
  const call = local(
    'convTranspose',
    panels(gradient),
    ...[packed.offset, offset, packed.stride, extent.pixels, gradient.units],
    ...[bands, latest, back.bands, back.latest, channels, filters],
  );
  return { offset, stride: panelBytes(extent), calls: [call] };
}

/** Weights where every filter has those of all channels of its band. */
export function spreadExtent(layer: Conv, direction: 'forward' | 'backward' = 'forward') {
  const taps = layer.kernel[0] * layer.kernel[1];
  const channels = bandsOf(layer, direction).bands * lanes;
  const units = direction === 'forward' ? layer.filters : layer.input[0];
  return { ...matrixExtent(units, channels * taps, taps), stride: channels };
}

/**
 * The panels that a panel of the other side is connected to: at most `bands`, from a panel up to `latest`. `channels` and
 * `filters` are those of a group.
 */
export function bandsOf(
  { input, filters, groups }: Conv,
  direction: 'forward' | 'backward' = 'forward',
) {
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

/** Taps inside the image, over all pixels of the output. */
export function coveredTaps(layer: Conv): number {
  return coverage(geometryOf(layer)).reduce((sum, taps) => sum + taps, 0);
}

export function geometryOf(layer: Conv): Geometry {
  return { ...layer, input: locations(layer.input), output: locations(layer.output) };
}

export function pixelBytes({ stride, lanes }: Place): number {
  return stride * lanes * Float32Array.BYTES_PER_ELEMENT;
}
