/** Local response normalization across channels. */
import { paddedRows, panelBytes, panels, vectorExtent } from '../blocked.ts';
import { type Call, meeting } from '../calls.ts';
import type { InferenceSite, LayerDefinition, LayerOf, TrainingSite } from './layer.ts';

type Lrn = LayerOf<'lrn'>;

export const lrn: LayerDefinition<Lrn> = {
  parameters: () => [],
  forward: (site) => [normalize(site, site.buffer('sums', site.input))],
  backward,
  inference: (site) => [normalize(site, 0)],
};

/** `sums` is where the backward pass will look for the divisors' bases; 0 when there is none. */
function normalize(site: InferenceSite<Lrn>, sums: number): Call {
  const { layer, input, output } = site;
  const { before, after, weight, scratch, reach } = neighbourhood(site);
  return meeting(
    'lrnForward',
    panels(input),
    ...[input.offset, output.offset, sums, panelBytes(input), paddedRows(input), input.units],
    ...[before, after, weight, layer.bias, layer.beta, scratch, reach],
  );
}

function backward(site: TrainingSite<Lrn>): readonly Call[] {
  const { layer, input, output, outputGradient, inputGradient, buffer } = site;
  if (!inputGradient) return [];
  const { before, after, weight, scratch, reach } = neighbourhood(site);
  return [
    meeting(
      'lrnBackward',
      panels(input),
      ...[input.offset, output.offset, buffer('sums', input), outputGradient.offset],
      ...[inputGradient.offset, panelBytes(input), paddedRows(input), input.units],
      ...[before, after, weight, layer.beta, scratch, reach],
    ),
  ];
}

/** An even size has its extra channel before the middle, as in PyTorch; ONNX has it behind. */
function neighbourhood({ layer: { size, alpha }, input, buffer }: InferenceSite<Lrn>) {
  const before = Math.floor(size / 2);
  const reach = Math.ceil(before / input.lanes);
  const scratch = vectorExtent(panels(input) * (2 * reach + 1) * input.lanes);
  return {
    before,
    after: size - 1 - before,
    weight: alpha / size,
    reach,
    scratch: buffer('scratch', scratch),
  };
}
