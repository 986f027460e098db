/**
 * Fully connected: y = x W^T + b. An image is taken as it lies in memory: the weights, saved in the order of its
 * channels and locations, lie in the order of its panels (blocked.ts).
 */
import { sizeOf } from '../../network/types.ts';
import { matrixExtent, panelBytes, panels } from '../blocked.ts';
import { type Call, inParts, local, meeting } from '../calls.ts';
import { holdsHighTiles } from '../kernels.ts';
import type { InferenceSite, LayerDefinition, LayerOf } from './layer.ts';

type Dense = LayerOf<'dense'>;

export const dense: LayerDefinition<Dense> = {
  parameters: ({ units, bias, input }, place) => [
    {
      ...{ tensor: 'weight', shape: [units, sizeOf(input)], pixels: place?.pixels },
      ...{ initial: 'random', learned: true },
    },
    ...(bias ? [{ tensor: 'bias', shape: [units], initial: 0, learned: true } as const] : []),
  ],

  backwardReads: ['input'],

  forward: (site) => [product(site)],

  backward: (site) => {
    const { layer, input, output, outputGradient, inputGradient, gradient } = site;
    const stride = panelBytes(output);
    const places = [input.offset, outputGradient.offset, gradient('weight')];
    const sizes = [...weightSizes(site), stride, output.rows, Number(holdsHighTiles())];
    const weights = meeting('denseWeightGradient', panels(output), ...places, ...sizes);
    const calls = [inParts(weights, panels(input) * input.pixels)];
    if (layer.bias) {
      const places = [outputGradient.offset, gradient('bias')];
      calls.push(local('denseBiasGradient', panels(output), ...places, stride, output.rows));
    }
    if (inputGradient) {
      // [channels / 8][pixels][units][8]; each panel is written and read within one call.
      const rows = panels(input) * input.pixels * input.lanes;
      const transposed = matrixExtent(rows, panels(output) * output.lanes);
      calls.push(
        meeting(
          'denseInputGradient',
          panels(input),
          ...[outputGradient.offset, site.parameter('weight')],
          ...[site.buffer('transposed', transposed), inputGradient.offset],
          ...[...weightSizes(site), output.stride, Number(holdsHighTiles())],
        ),
      );
    }
    return calls;
  },

  inference: (site) => [product(site)],
};

function product(site: InferenceSite<Dense>): Call {
  const { layer, input, output, parameter } = site;
  const bias = layer.bias ? parameter('bias') : 0;
  const call = meeting(
    'denseForward',
    panels(output),
    ...[input.offset, parameter('weight'), bias, output.offset],
    ...[...weightSizes(site), output.stride, Number(holdsHighTiles())],
  );
  return inParts(call, output.stride / 4);
}

/** Units of the output, channels and locations of the input, and the bytes of a panel of weights. */
function weightSizes({ layer, input: { units, pixels } }: InferenceSite<Dense>): readonly number[] {
  const weight = matrixExtent(layer.units, units * pixels, pixels);
  return [layer.units, units, pixels, panelBytes(weight)];
}
