/** Cases of convolutions, and the check of a layer's calls with one against float64. */
import assert from 'node:assert/strict';
import type { KernelBuild } from '../../sidecar/engine/kernels.ts';
import type { LayerDefinition, LayerOf } from '../../sidecar/engine/layers/layer.ts';
import { seededRandom } from '../../sidecar/random.ts';
import { runAlone } from './alone.ts';
import { assertClose, type Tolerance } from './close.ts';
import { type Convolution, convolve, convolveGradients, type Size, slid } from './images.ts';

type Conv = LayerOf<'conv2d' | 'conv1d'>;

export interface ConvCase {
  readonly input: Size;
  readonly filters: number;
  readonly batch?: number;
  readonly kernel?: readonly [number, number];
  readonly stride?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  /** Top, bottom, left, right. */
  readonly padding?: readonly [number, number, number, number];
  readonly groups?: number;
  readonly bias?: boolean;
}

interface Check {
  readonly build?: KernelBuild;
  readonly kind?: Conv['kind'];
  readonly tolerance?: Tolerance;
}

/** Forward, inference and gradients of a layer with such a case, drawn at random. */
export async function checkConvolution(
  definition: LayerDefinition<Conv>,
  given: ConvCase,
  { build = 'simd', kind, tolerance: near = { ofLargest: 1e-6, relative: 1e-5 } }: Check,
): Promise<void> {
  const { layer, from, to, batch, x, w, bias, dy } = drawCase(given, kind);
  const found = await runAlone(definition, layer, {
    ...{ batch, input: x, parameters: { weight: w, bias }, outputGradient: dy, build },
  });
  const where = JSON.stringify(given);
  const y = convolve(layer, from, to, batch, x, w, layer.bias ? bias : []);
  assertClose(found.output, y, near, `${where}: y`);
  assert.deepEqual(found.evaluated(), found.output, `${where}: inference`);
  const { dx, dw, db } = convolveGradients(layer, from, to, batch, x, w, dy);
  if (found.inputGradient) assertClose(found.inputGradient, dx, near, `${where}: dx`);
  assert.ok(found.padsWithZeros, `${where}: lanes that pad in dx`);
  assertClose(found.gradients.weight, dw, near, `${where}: dw`);
  if (layer.bias) assertClose(found.gradients.bias, db, near, `${where}: db`);
  // What pads would otherwise move weights that are not there.
  const count = (values: Float32Array) => values.filter((value) => value !== 0).length;
  for (const [tensor, raw] of Object.entries(found.rawGradients)) {
    assert.equal(count(raw), count(found.gradients[tensor]), `${where}: ${tensor} gradient pads`);
  }
}

export function drawCase(given: ConvCase, kind?: Conv['kind']) {
  const layer = convLayer(given, kind);
  const from = given.input;
  const to = sizeOf(given);
  const batch = given.batch ?? 5;
  const random = seededRandom(1, JSON.stringify(given));
  const draw = (length: number) => Float32Array.from({ length }, () => random.normal());
  const inside = from[0] / layer.groups;
  return {
    ...{ layer, from, to, batch },
    x: draw(batch * from[0] * from[1] * from[2]),
    w: draw(given.filters * inside * layer.kernel[0] * layer.kernel[1]),
    bias: draw(given.filters),
    dy: draw(batch * to[0] * to[1] * to[2]),
  };
}

export function convLayer(given: ConvCase, kind: Conv['kind'] = 'conv2d'): Conv & Convolution {
  const { input, filters, kernel = [3, 3], stride = [1, 1], dilation = [1, 1], groups = 1 } = given;
  const [top, bottom, left, right] = given.padding ?? [0, 0, 0, 0];
  const shape = ([channels, height, width]: Size) =>
    kind === 'conv1d' ? [channels, width] : [channels, height, width];
  return {
    ...{ kind, name: 'conv1', inputs: ['input'], learningRate: 1, filters, kernel, stride },
    ...{ dilation, groups, padding: { top, bottom, left, right }, bias: given.bias ?? true },
    ...{ input: shape(input), output: shape(sizeOf(given)) },
  };
}

function sizeOf({
  input,
  filters,
  kernel = [3, 3],
  stride = [1, 1],
  dilation,
  padding,
}: ConvCase): Size {
  const [top, bottom, left, right] = padding ?? [0, 0, 0, 0];
  return [
    filters,
    slid(input[1], kernel[0], stride[0], top + bottom, dilation?.[0]),
    slid(input[2], kernel[1], stride[1], left + right, dilation?.[1]),
  ];
}
