/** Softmax over the channels of every pixel. */
import { paddedRows, panelBytes, panels, vectorExtent } from '../blocked.ts';
import { type Call, meeting } from '../calls.ts';
import type { InferenceSite, LayerDefinition, LayerOf, TrainingSite } from './layer.ts';

type Softmax = LayerOf<'softmax'>;

export const softmax: LayerDefinition<Softmax> = {
  parameters: () => [],
  backwardReads: ['output'],
  forward,
  backward,
  inference: forward,
};

/** Shared first by rows, since a sum goes over all channels, then by panels. */
function forward({ input, output, buffer }: InferenceSite<Softmax>): readonly Call[] {
  const rows = paddedRows(input);
  const stride = panelBytes(input);
  const inverse = buffer('inverse', vectorExtent(rows));
  const places = [input.offset, output.offset, stride, input.units, inverse];
  return [
    meeting('softmaxExponentials', rows, ...places),
    meeting('softmaxScale', panels(output), output.offset, stride, rows, inverse),
  ];
}

function backward(site: TrainingSite<Softmax>): readonly Call[] {
  const { output, outputGradient, inputGradient, buffer } = site;
  if (!inputGradient) return [];
  const rows = paddedRows(output);
  const stride = panelBytes(output);
  const dots = buffer('dots', vectorExtent(rows));
  const given = [output.offset, outputGradient.offset];
  return [
    meeting('softmaxDots', rows, ...given, stride, output.units, dots),
    meeting('softmaxBackward', panels(output), ...given, inputGradient.offset, stride, rows, dots),
  ];
}
