/**
 * Batch normalization by the running statistics while the network trains, which stay as they are. With state
 * `freeze-statistics` gamma and beta learn, with `freeze` nothing does. The batch's own mean and variance are measured
 * all the same, so that they can be seen beside those that normalize.
 */
import { panelBytes, panels, vectorExtent } from '../blocked.ts';
import { type Call, local } from '../calls.ts';
import { batchnorm } from './batchnorm.ts';
import type { LayerDefinition, LayerOf, TrainingSite } from './layer.ts';

type BatchNorm = LayerOf<'batchnorm'>;

export const frozenBatchnorm: LayerDefinition<BatchNorm> = {
  parameters: (layer) =>
    batchnorm
      .parameters(layer)
      .map((each) => ({ ...each, learned: each.learned && layer.state === 'freeze-statistics' })),

  quantities: [
    ...(['inputMean', 'inputVariance', 'gamma', 'beta', 'outputMean', 'outputVariance'] as const),
    ...(['runningMean', 'runningVariance'] as const),
  ],

  backwardReads: ['input'],
  forward,
  backward,
  inference: batchnorm.inference,
};

function forward(site: TrainingSite<BatchNorm>): readonly Call[] {
  const { layer, input, parameter, statistics } = site;
  const batch = [statistics('inputMean'), statistics('inputVariance')];
  return [
    local(
      'moments',
      panels(input),
      ...[input.offset, panelBytes(input), input.rows, input.pixels, input.stride, ...batch],
    ),
    ...batchnorm.inference(site),
    local(
      'frozenBatchnormFigures',
      panels(input),
      ...['weight', 'bias', 'running_mean', 'running_var'].map(parameter),
      ...[...batch, ...saved(site), statistics('gamma'), statistics('beta')],
      ...[statistics('runningMean'), statistics('runningVariance')],
      ...[statistics('outputMean'), statistics('outputVariance'), layer.epsilon],
    ),
  ];
}

function backward(site: TrainingSite<BatchNorm>): readonly Call[] {
  const { layer, input, outputGradient, inputGradient, parameter, gradient } = site;
  const calls: Call[] = [];
  if (layer.state === 'freeze-statistics') {
    // Without an input gradient this is the sums alone, here with the running mean for the batch's.
    calls.push(
      local(
        'batchnormBackward',
        panels(input),
        ...[input.offset, outputGradient.offset, 0, panelBytes(input), input.rows],
        ...[input.pixels, input.stride, parameter('weight'), parameter('running_mean')],
        ...[...saved(site), gradient('weight'), gradient('bias')],
      ),
    );
  }
  if (inputGradient) {
    const [, inverse] = saved(site);
    calls.push(
      local(
        'frozenBatchnormInputGradient',
        panels(input),
        ...[outputGradient.offset, inputGradient.offset, panelBytes(input)],
        ...[parameter('weight'), inverse],
      ),
    );
  }
  return calls;
}

/** The residual of 0 and 1 / deviation. */
function saved({ input, buffer }: TrainingSite<BatchNorm>): [number, number] {
  const extent = vectorExtent(input.units);
  return [buffer('residual', extent), buffer('inverse', extent)];
}
