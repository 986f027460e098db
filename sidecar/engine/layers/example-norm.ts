/**
 * Layer and group normalization: statistics within an example, so training and inference do the same. Layernorm takes
 * all values of an example, with a gamma and beta for each of them; groupnorm the channels of a group and their pixels,
 * with a gamma and beta a channel. Both as in PyTorch.
 */
import { activationExtent, panelBytes, panels } from '../blocked.ts';
import { type Call, local, meeting } from '../calls.ts';
import type {
  InferenceSite,
  LayerDefinition,
  LayerOf,
  ParameterSpecification,
  TrainingSite,
} from './layer.ts';

type ExampleNorm = LayerOf<'layernorm' | 'groupnorm'>;

export const layernorm: LayerDefinition<LayerOf<'layernorm'>> = {
  parameters: ({ input }) => affine(input),
  backwardReads: ['input'],
  forward,
  backward,
  inference: forward,
};

export const groupnorm: LayerDefinition<LayerOf<'groupnorm'>> = {
  parameters: ({ input }) => affine(input.slice(0, 1)),
  backwardReads: ['input'],
  forward,
  backward,
  inference: forward,
};

function affine(shape: readonly number[]): readonly ParameterSpecification[] {
  return [
    { tensor: 'weight', shape, initial: 1, learned: true },
    { tensor: 'bias', shape, initial: 0, learned: true },
  ];
}

function forward(site: InferenceSite<ExampleNorm>): readonly Call[] {
  const { layer, input, output, parameter } = site;
  const { moments, groups, pixel, values } = geometry(site);
  const { units, pixels, stride } = input;
  return [
    meeting(
      'exampleMoments',
      stride,
      ...[input.offset, panelBytes(input), pixels, pixel, units, groups, layer.epsilon, ...moments],
    ),
    meeting(
      'exampleForward',
      panels(input),
      ...[input.offset, output.offset, panelBytes(input), pixels, stride, ...moments],
      ...[parameter('weight'), parameter('bias'), values],
    ),
  ];
}

function backward(site: TrainingSite<ExampleNorm>): readonly Call[] {
  const { input, outputGradient, inputGradient, parameter, gradient, buffer } = site;
  const { moments, figures, groups, pixel, values } = geometry(site);
  const { units, pixels, stride, rows } = input;
  const given = [input.offset, outputGradient.offset];
  const gradients = local(
    'exampleParameterGradients',
    panels(input),
    ...[...given, panelBytes(input), pixels, pixel, rows, ...moments],
    ...[gradient('weight'), gradient('bias'), values],
  );
  if (!inputGradient) return [gradients];
  const means = [buffer('direct', figures), buffer('along', figures)];
  return [
    gradients,
    meeting(
      'exampleGradientMeans',
      stride,
      ...[...given, panelBytes(input), pixels, pixel, units, groups, ...moments],
      ...[parameter('weight'), values, ...means],
    ),
    meeting(
      'exampleBackward',
      panels(input),
      ...[...given, inputGradient.offset, panelBytes(input), pixels, stride, units, ...moments],
      ...[parameter('weight'), values, ...means],
    ),
  ];
}

/** What the kernels ask for beside the tensors; `moments` ends with the bytes between two panels' figures. */
function geometry({ layer, input, buffer }: InferenceSite<ExampleNorm>) {
  const whole = layer.kind === 'layernorm';
  const figures = activationExtent(input.rows, [whole ? 1 : input.units]);
  const spread = whole ? 0 : panelBytes(figures);
  const row = input.lanes * Float32Array.BYTES_PER_ELEMENT;
  return {
    figures,
    moments: [...['mean', 'inverse', 'residual'].map((name) => buffer(name, figures)), spread],
    groups: whole ? 1 : layer.groups,
    pixel: input.stride * row,
    values: whole ? row : 0,
  };
}
