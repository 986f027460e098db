/** What a BatchNormalization node of any model computes: an affine map of each channel, or why that cannot be told. */
import type { NodeProto } from 'onnx-buf';
import type { GraphIndex } from './graph-index.ts';
import { floatAttribute, integerAttribute } from './node.ts';
import { readConstant } from './tensors.ts';

/** y = scale * x + shift for each channel, `[channels]` each. */
export interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

const roles = ['gamma', 'beta', 'mean', 'variance'] as const;
/** Older versions of the operator tell training from inference by another attribute and list other outputs. */
const oldestOpset = 7;

/** The map, or the end of a sentence. `opset`: version of the standard operators. ONNX BatchNormalization-7 to -15. */
export function normalizationOf(
  node: NodeProto,
  index: GraphIndex,
  opset: number,
): Affine | string {
  if (opset < oldestOpset) {
    return `opset ${oldestOpset} or newer is expected, found ${opset}, where the node means something else.`;
  }
  if (integerAttribute(node, 'training_mode', 0) !== 0) {
    return 'it is in training mode, where it normalizes by each batch.';
  }
  if (integerAttribute(node, 'spatial', 1) === 0) {
    return 'it has statistics for every place (spatial = 0), where one a channel is expected.';
  }
  const seen = node.output
    .slice(1)
    .filter((name) => index.readers(name).length > 0 || index.isVisible(name));
  if (seen.length > 0) return `its outputs ${seen.join(', ')} are used besides the first.`;
  const values: Float64Array[] = [];
  for (const [position, role] of roles.entries()) {
    const name = node.input[position + 1] ?? '';
    const tensor = index.constant(name);
    if (tensor === undefined) return `its ${role} ${name} is no constant.`;
    const constant = readConstant(tensor);
    if (typeof constant === 'string') return `${constant}.`;
    values.push(constant.values);
  }
  const [gamma, beta, mean, variance] = values;
  const channels = gamma.length;
  const misfit = values.findIndex(({ length }) => length !== channels);
  if (misfit >= 0) {
    return `its ${roles[misfit]} has ${values[misfit].length} values, where gamma has ${channels}.`;
  }
  const negative = variance.findIndex((value) => !(value >= 0));
  if (negative >= 0) {
    return `its running variance of channel ${negative} is ${variance[negative]}, where a number of at least 0 is expected.`;
  }
  // An attribute is a float32, and so what every runtime computes with.
  const epsilon = floatAttribute(node, 'epsilon', Math.fround(1e-5));
  const scale = gamma.map((value, channel) => value / Math.sqrt(variance[channel] + epsilon));
  const shift = beta.map((value, channel) => value - scale[channel] * mean[channel]);
  return { scale, shift };
}
