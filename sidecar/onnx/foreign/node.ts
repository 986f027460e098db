/** What one says about nodes of an ONNX graph, and reads off them. */
import type { NodeProto } from 'onnx-buf';

/** The node's own name, or that of what it computes. */
export function nodeName({ name, output }: NodeProto): string {
  return name || (output[0] ?? '');
}

/** Whether it is one of ONNX's own operators of these names. */
export function isOperator(node: NodeProto, ...names: readonly string[]): boolean {
  return isStandard(node) && names.includes(node.opType);
}

/** Whether it is one of ONNX's own operators. */
export function isStandard({ domain }: NodeProto): boolean {
  return domain === '' || domain === 'ai.onnx';
}
