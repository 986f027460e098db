/** What a BatchNormalization node of any model computes: an affine map of each channel, or why that cannot be told. */
import type { NodeProto } from 'onnx-buf';
import { Attributes } from './attributes.ts';
import type { GraphIndex } from './graph-index.ts';
import { isOperator } from './node.ts';
import { readConstant } from './tensors.ts';

/** y = scale * x + shift for each channel, `[channels]` each. */
export interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** A BatchNormalization node has them after its input, in this order. */
export const roles = ['gamma', 'beta', 'mean', 'variance'] as const;

/** `[channels]` each. */
export type Parameters<Numbers = Float32Array | Float64Array> = Readonly<
  Record<(typeof roles)[number], Numbers>
>;

/** Before it the operator told training from inference by another attribute. */
const oldestOpset = 7;

export function isBatchNorm(node: NodeProto): boolean {
  return isOperator(node, 'BatchNormalization');
}

/** Whether a node computes with the batch's own statistics, which each version of the operator says in its own way. */
export function isTraining(node: NodeProto, opset: number): boolean {
  const attributes = new Attributes(node);
  if (opset >= 14) return attributes.integer('training_mode', 0) !== 0;
  if (opset >= oldestOpset) return node.output.filter((name) => name !== '').length > 1;
  return attributes.integer('is_test', 0) === 0;
}

/** The map, or the end of a sentence. `opset`: version of the standard operators. ONNX BatchNormalization-7 to -15. */
export function normalizationOf(
  node: NodeProto,
  index: GraphIndex,
  opset: number,
): Affine | string {
  const other = otherThanAffine(node, index, opset);
  if (other !== null) return other;
  const parameters: Float64Array[] = [];
  for (const [position, role] of roles.entries()) {
    const name = node.input[position + 1] ?? '';
    const tensor = index.constant(name);
    if (tensor === undefined) return `its ${role} ${name} is no constant.`;
    const { dims } = tensor;
    const channels = parameters[0]?.length ?? dims[0];
    if (dims.length !== 1 || Number(dims[0]) !== Number(channels)) {
      return `its ${role} has the shape [${dims}], where [${channels ?? 'channels'}] is expected.`;
    }
    const constant = readConstant(tensor);
    if (typeof constant === 'string') return `${constant}.`;
    parameters.push(constant.values);
  }
  const [gamma, beta, mean, variance] = parameters;
  const affine = affineOf({ gamma, beta, mean, variance }, epsilonOf(node));
  return brokenChannel(variance, affine) ?? affine;
}

/** What keeps a node from being an affine map, whatever its parameters are, as the end of a sentence. */
export function otherThanAffine(node: NodeProto, index: GraphIndex, opset: number): string | null {
  if (opset < oldestOpset) {
    return `opset ${oldestOpset} or newer is expected, found ${opset}, where the node means something else.`;
  }
  if (isTraining(node, opset)) return 'it is in training mode, where it normalizes by each batch.';
  if (new Attributes(node).integer('spatial', 1) === 0) {
    return 'it has statistics for every place (spatial = 0), where one a channel is expected.';
  }
  const seen = node.output
    .slice(1)
    .filter((name) => index.readers(name).length > 0 || index.isVisible(name));
  return seen.length > 0 ? `its outputs ${seen.join(', ')} are used besides the first.` : null;
}

/** An attribute is a float32, and so what every runtime computes with. */
export function epsilonOf(node: NodeProto): number {
  return new Attributes(node).float('epsilon', Math.fround(1e-5));
}

/** gamma / sqrt(variance + epsilon) and beta - scale * mean: ONNX BatchNormalization-15 with training_mode 0. */
export function affineOf({ gamma, beta, mean, variance }: Parameters, epsilon: number): Affine {
  const scale = Float64Array.from(
    gamma,
    (value, channel) => value / Math.sqrt(variance[channel] + epsilon),
  );
  const shift = Float64Array.from(beta, (value, channel) => value - scale[channel] * mean[channel]);
  return { scale, shift };
}

/** The first channel whose map is none, as the end of a sentence. */
export function brokenChannel(
  variance: Float32Array | Float64Array,
  { scale, shift }: Affine,
): string | null {
  const negative = variance.findIndex((value) => !(value >= 0));
  if (negative >= 0) {
    return `its running variance of channel ${negative} is ${variance[negative]}, where a number of at least 0 is expected.`;
  }
  const broken = scale.findIndex((value, channel) => !Number.isFinite(value + shift[channel]));
  return broken < 0
    ? null
    : `it scales channel ${broken} by ${scale[broken]} and adds ${shift[broken]}, where finite numbers are expected.`;
}
