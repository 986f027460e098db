/** Layers that only move or add activations: concat, add and flatten. */
import { lanes, type Place, panelBytes, panels } from '../blocked.ts';
import { type Call, local, meeting } from '../calls.ts';
import type { InferenceSite, LayerDefinition, LayerOf } from './layer.ts';

/**
 * Joins channels. Inputs that begin with a panel of their own have been written into the output by their producers, as
 * the plan arranges; the others are copied.
 */
export const concat: LayerDefinition<LayerOf<'concat'>> = {
  parameters: () => [],
  backwardReads: [],
  forward: join,
  backward: ({ inputs, inputGradients, outputGradient }) =>
    channelsOf(inputs).flatMap(({ channel }, i) => {
      const target = inputGradients[i];
      if (!target || liesWithin(target, outputGradient, channel)) return [];
      return [split(outputGradient, target, channel)];
    }),
  inference: join,
};

/** Both inputs have the output's gradient. */
export const add: LayerDefinition<LayerOf<'add'>> = {
  parameters: () => [],
  backwardReads: [],
  forward: sum,
  backward: ({ inputGradients, outputGradient }) =>
    inputGradients.flatMap((target) =>
      target && !liesWithin(target, outputGradient, 0) ? [split(outputGradient, target, 0)] : [],
    ),
  inference: sum,
};

/** An image as a vector in PyTorch's order. Nothing is done for dense layers, which take an image as it lies. */
export const flatten: LayerDefinition<LayerOf<'flatten'>> = {
  parameters: () => [],
  backwardReads: [],
  identity: ({ input: [, ...locations] }, consumers) => {
    const dense = consumers.length > 0 && consumers.every(({ kind }) => kind === 'dense');
    return dense || locations.every((extent) => extent === 1);
  },
  forward: flat,
  backward: ({ input, outputGradient, inputGradient }) => {
    if (!inputGradient) return [];
    const places = [outputGradient.offset, inputGradient.offset];
    const sizes = [input.stride, input.units, input.pixels];
    return [meeting('flattenBackward', panels(inputGradient), ...places, ...sizes)];
  },
  inference: flat,
};

function join({ inputs, output }: InferenceSite<LayerOf<'concat'>>): readonly Call[] {
  return channelsOf(inputs).flatMap(({ place, channel }) => {
    if (liesWithin(place, output, channel)) return [];
    const where = [place.offset, output.offset, panelBytes(place)];
    // The last input clears the lanes that pad.
    const last = channel + place.units === output.units;
    const end = last ? panels(output) * lanes : 0;
    return [meeting('joinChannels', panels(place), ...where, place.units, channel, end)];
  });
}

function split(from: Place, target: Place, channel: number): Call {
  const where = [from.offset, target.offset, panelBytes(target)];
  return meeting('splitChannels', panels(target), ...where, target.units, channel);
}

function sum({ inputs: [a, b], output }: InferenceSite<LayerOf<'add'>>): readonly Call[] {
  const places = [a.offset, b.offset, output.offset];
  return [local('addForward', panels(output), ...places, panelBytes(output))];
}

function flat({ input, output }: InferenceSite<LayerOf<'flatten'>>): readonly Call[] {
  const sizes = [input.stride, input.units, input.pixels];
  return [meeting('flattenForward', panels(output), input.offset, output.offset, ...sizes)];
}

/** Whether a tensor is the panels of the whole that begin at the channel. */
function liesWithin(part: Place, whole: Place, channel: number): boolean {
  const panel = channel / lanes;
  return Number.isInteger(panel) && part.offset === whole.offset + panel * panelBytes(whole);
}

/** Each input with the channel of the output at which it begins. */
function channelsOf(inputs: readonly Place[]) {
  let channel = 0;
  return inputs.map((place) => {
    const begins = channel;
    channel += place.units;
    return { place, channel: begins };
  });
}
