/** Where branches meet: the shape that comes of several, or why they do not go together. */
import { shapeText } from './layer-definition.ts';
import type { Shape } from './types.ts';

/** `branch` counts from 0 and is the first that does not fit. */
export interface JoinMisfit {
  readonly branch: number;
  readonly message: string;
}

/** The channels of all, one after another. */
export function concatShape(inputs: readonly Shape[]): Shape {
  const [[, ...places]] = inputs;
  return [inputs.reduce((sum, [channels]) => sum + channels, 0), ...places];
}

export function concatMisfit(inputs: readonly Shape[]): JoinMisfit | null {
  const [first] = inputs;
  const branch = inputs.findIndex(
    (shape) => String(shape.slice(1)) !== String(first.slice(1)) || shape.length !== first.length,
  );
  if (branch < 0) return null;
  const isImage = first.length > 1 && inputs[branch].length === first.length;
  const advice = isImage
    ? 'give all branches the same strides, and their windows padding: same'
    : 'end every branch with the same kind of shape';
  return {
    branch,
    message: `branches can only be joined where their places agree, found ${shapeText(first)} from branch 1 and ${shapeText(inputs[branch])} from branch ${branch + 1}; ${advice}`,
  };
}

/** Why the output of a residual's layers cannot be added to what came in. */
export function sumMisfit(output: Shape, input: Shape): string | null {
  if (String(output) === String(input)) return null;
  return `the layers inside give ${shapeText(output)}, which cannot be added to the input ${shapeText(input)}; ${sumAdvice(output, input)}`;
}

function sumAdvice(output: Shape, input: Shape): string {
  if (input.length === 1) return `end them with - dense: ${input[0]}`;
  if (output.length !== input.length) {
    return 'leave out what flattens or pools them, or put it behind the residual';
  }
  if (String(output.slice(1)) !== String(input.slice(1))) {
    return 'keep every place: stride 1 and padding: same; layers that change the size go before the residual';
  }
  const kind = input.length === 3 ? 'conv2d' : 'conv1d';
  return `end them with a 1x1 convolution: - ${kind}: { filters: ${input[0]}, kernel: 1 }`;
}
