/** Fully connected: y = x W^T + b. An input of higher rank is taken as flat. */
import { matrixExtent, panelBytes, panels } from '../blocked.ts';
import { type Call, local, meeting } from '../calls.ts';
import { type InferenceSite, type LayerDefinition, type LayerOf, size } from './layer.ts';

type Dense = LayerOf<'dense'>;

export const dense: LayerDefinition<Dense> = {
  parameters: ({ units, bias, input }) => [
    { tensor: 'weight', shape: [units, size(input)], initial: 'random', learned: true },
    ...(bias ? [{ tensor: 'bias', shape: [units], initial: 0, learned: true } as const] : []),
  ],

  forward: (site) => [product(site)],

  backward: (site) => {
    const { layer, input, output, outputGradient, inputGradient } = site;
    const stride = panelBytes(input);
    const calls: Call[] = [];
    if (inputGradient) {
      // [inputs / 8][units][8]; each panel is written and read within one call.
      const transposed = matrixExtent(input.units, panels(output) * 8);
      calls.push(
        meeting(
          'denseInputGradient',
          panels(input),
          ...[outputGradient.offset, site.parameter('weight')],
          ...[site.buffer('transposed', transposed), inputGradient.offset],
          ...[input.units, output.units, stride, input.stride],
        ),
      );
    }
    calls.push(
      local(
        'denseWeightGradient',
        panels(output),
        ...[input.offset, outputGradient.offset, site.gradient('weight')],
        ...[input.units, stride, input.rows],
      ),
    );
    if (layer.bias) {
      const places = [outputGradient.offset, site.gradient('bias')];
      calls.push(local('denseBiasGradient', panels(output), ...places, stride, input.rows));
    }
    return calls;
  },

  inference: (site) => [product(site)],
};

function product({ layer, input, output, parameter }: InferenceSite<Dense>): Call {
  const bias = layer.bias ? parameter('bias') : 0;
  return meeting(
    'denseForward',
    panels(output),
    ...[input.offset, parameter('weight'), bias, output.offset],
    ...[input.units, panelBytes(input), input.stride],
  );
}
