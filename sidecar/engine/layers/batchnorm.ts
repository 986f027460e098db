/**
 * Batch normalization (Ioffe and Szegedy 2015, Algorithms 1 and 2), of images a channel at a time over examples and
 * locations (section 3.2). The batch's biased variance normalizes; the running variance takes the unbiased one, as in
 * PyTorch. `momentum` is the weight of the new batch.
 */
import { type Place, panelBytes, panels, vectorExtent } from '../blocked.ts';
import { local } from '../calls.ts';
import type { LayerDefinition, LayerOf, TrainingSite } from './layer.ts';

type BatchNorm = LayerOf<'batchnorm'>;

export const batchnorm: LayerDefinition<BatchNorm> = {
  parameters: ({ input: [units] }) => {
    return [
      { tensor: 'weight', shape: [units], initial: 1, learned: true },
      { tensor: 'bias', shape: [units], initial: 0, learned: true },
      { tensor: 'running_mean', shape: [units], initial: 0, learned: false },
      { tensor: 'running_var', shape: [units], initial: 1, learned: false },
    ];
  },

  quantities: [
    ...(['inputMean', 'inputVariance', 'gamma', 'beta', 'outputVariance'] as const),
    ...(['runningMean', 'runningVariance'] as const),
  ],

  outputMean: 'beta',

  forward: (site) => {
    const { layer, input, output, parameter, statistics } = site;
    return [
      local(
        'batchnormForward',
        panels(input),
        ...[
          input.offset,
          output.offset,
          ...examplesOf(input),
          parameter('weight'),
          parameter('bias'),
        ],
        ...[statistics('inputMean'), statistics('inputVariance'), ...saved(site)],
        ...[statistics('gamma'), statistics('beta'), statistics('outputVariance'), layer.epsilon],
      ),
    ];
  },

  backward: (site) => {
    const { input, outputGradient, inputGradient, parameter, gradient, statistics } = site;
    return [
      local(
        'batchnormBackward',
        panels(input),
        ...[input.offset, outputGradient.offset, inputGradient?.offset ?? 0],
        ...[...examplesOf(input), parameter('weight')],
        ...[statistics('inputMean'), ...saved(site), gradient('weight'), gradient('bias')],
      ),
    ];
  },

  afterwards: ({ layer, input, parameter, statistics }) => [
    local(
      'batchnormRunning',
      panels(input),
      ...[statistics('inputMean'), statistics('inputVariance')],
      ...[parameter('running_mean'), parameter('running_var')],
      ...[statistics('runningMean'), statistics('runningVariance')],
      ...[layer.momentum, unbiased(input.rows * input.pixels)],
    ),
  ],

  inference: ({ layer, input, output, parameter }) => [
    local(
      'batchnormInference',
      panels(input),
      ...[input.offset, output.offset, panelBytes(input)],
      ...[parameter('weight'), parameter('bias')],
      ...[parameter('running_mean'), parameter('running_var'), layer.epsilon],
    ),
  ],
};

/** What the forward pass keeps for the backward pass: the mean's rounding residual and 1 / deviation. */
function saved({ input, buffer }: TrainingSite<BatchNorm>): [number, number] {
  const extent = vectorExtent(input.units);
  return [buffer('residual', extent), buffer('inverse', extent)];
}

/** How the kernels find the examples among those that pad. */
function examplesOf(input: Place): readonly number[] {
  return [panelBytes(input), input.rows, input.pixels, input.stride];
}

/** From the biased variance of m values to the unbiased one. */
function unbiased(m: number): number {
  return m / (m - 1);
}
