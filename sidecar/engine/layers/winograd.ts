/** The calls of kernels/winograd.ts, and which convolutions they are for. */
import { type Extent, lanes, matrixExtent, type Place, panels, vectorExtent } from '../blocked.ts';
import { type Call, inParts, local, meeting, scratchBytes, withScratch } from '../calls.ts';
import { locations } from '../windows.ts';
import { type Conv, coveredTaps, pixelBytes, transposedWeights } from './conv-weights.ts';
import type { InferenceSite, TrainingSite } from './layer.ts';

/** Pixels of a tile along an axis, products a tile, examples of a block. */
const tile = 4;
const products = 36;
const examples = 16;

/** Bytes of a transformed window of one panel, and of one of its places. */
const stepBytes = examples * lanes * Float32Array.BYTES_PER_ELEMENT;
const windowBytes = products * stepBytes;

/**
 * What it costs, in products, to transform a tile of one channel or filter, and the weights between one of each; as
 * measured with 5 to 128 channels, 3 by 3 to 28 by 28 pixels and batches of 4 to 64, on both builds.
 */
const tileCost = 150;
const weightCost = 170;

/**
 * Whether forward and both gradients of `rows` examples are faster so than directly, where every tap inside the image is
 * a product.
 */
export function winogradPays(layer: Conv, rows: number): boolean {
  const { kernel, stride, dilation, groups, input, filters } = layer;
  const fits = kernel.every((taps) => taps === 3) && [...stride, ...dilation].every((n) => n === 1);
  if (!fits || groups > 1) return false;
  const [channels, weights] = [input[0], input[0] * filters];
  const cost = products * weights + tileCost * (channels + filters);
  return (
    tilesOf(locations(layer.output)) * cost + (weightCost * weights) / rows <
    coveredTaps(layer) * weights
  );
}

export function winogradForward(site: InferenceSite<Conv>): readonly Call[] {
  const { layer, input, output, parameter } = site;
  const bias = layer.bias ? parameter('bias') : 0;
  const { top, left } = layer.padding;
  return product(site, input, output, {
    ...{ weights: parameter('weight'), turned: false, bias, top, left, name: 'transformed' },
    ...{ from: locations(layer.input), to: locations(layer.output) },
  });
}

export function winogradInputGradient(site: TrainingSite<Conv>, gradient: Place): readonly Call[] {
  const { layer, outputGradient } = site;
  const { top, left } = layer.padding;
  const { calls, offset } = transposedWeights(site, gradient);
  const back = product(site, outputGradient, gradient, {
    ...{ weights: offset, turned: true, bias: 0, top: 2 - top, left: 2 - left },
    ...{ from: locations(layer.output), to: locations(layer.input), name: 'transformed back' },
  });
  return [...calls, ...back];
}

export function winogradWeightGradient(site: TrainingSite<Conv>): readonly Call[] {
  const { layer, input, output, outputGradient, gradient, buffer } = site;
  const { top, left } = layer.padding;
  const bands = panels(input);
  const scratch = stepBytes + (bands + 1) * windowBytes;
  return [
    inScratch(site, 'scratch of weights', scratch, (own) =>
      inParts(
        meeting(
          'winogradWeightGradient',
          panels(output),
          ...[own, input.offset, outputGradient.offset],
          ...[buffer('transformed gradient', transformedExtent(output.units, input.units))],
          ...[gradient('weight'), ...locations(layer.input), ...locations(layer.output)],
          ...[top, left, pixelBytes(input), input.rows, input.units],
        ),
        bands,
      ),
    ),
  ];
}

interface Product {
  readonly weights: number;
  readonly turned: boolean;
  readonly bias: number;
  /** `[height, width]`. */
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly top: number;
  readonly left: number;
  /** Of the transformed weights. */
  readonly name: string;
}

function product(
  site: InferenceSite<Conv>,
  x: Place,
  y: Place,
  { weights, turned, bias, from, to, top, left, name }: Product,
): readonly Call[] {
  const bands = panels(x);
  const transformed = site.buffer(name, transformedExtent(y.units, x.units));
  const scratch = 2 * stepBytes + (bands + 1) * windowBytes;
  return [
    local('winogradWeights', panels(y), weights, transformed, bands, Number(turned)),
    inScratch(site, `scratch of ${name}`, scratch, (own) =>
      inParts(
        meeting(
          'winogradConvolve',
          1,
          ...[own, x.offset, transformed, bias, y.offset, ...from, ...to],
          ...[top, left, pixelBytes(x), x.units, panels(y)],
        ),
        tilesOf(to) * Math.ceil(x.stride / examples),
      ),
    ),
  ];
}

function tilesOf([height, width]: readonly [number, number]): number {
  return Math.ceil(height / tile) * Math.ceil(width / tile);
}

/** The call with `bytes` of scratch for each thread, which `write` gets the address of. */
function inScratch(
  { buffer }: InferenceSite<Conv>,
  name: string,
  bytes: number,
  write: (own: number) => Call,
): Call {
  const floats = scratchBytes(withScratch(write(0), bytes)) / Float32Array.BYTES_PER_ELEMENT;
  return withScratch(write(buffer(name, vectorExtent(floats))), bytes);
}

/** Weights between whole panels, 36 each in place of nine. */
function transformedExtent(units: number, inputs: number): Extent {
  const channels = Math.ceil(inputs / lanes) * lanes;
  return matrixExtent(units, channels * products, products);
}
