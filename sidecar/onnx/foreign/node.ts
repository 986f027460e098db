/** What one says about nodes of an ONNX graph, and reads off them. */
import type { NodeProto } from 'onnx-buf';

/** The node's own name, or that of what it computes. */
export function nodeName({ name, output }: NodeProto): string {
  return name || (output[0] ?? '');
}

/** Name and operator, as messages have it. */
export function describeNode(node: NodeProto): string {
  return `${nodeName(node)} (${node.opType})`;
}

/** Whether it is one of ONNX's own operators of these names. */
export function isOperator(node: NodeProto, ...names: readonly string[]): boolean {
  return isStandard(node) && names.includes(node.opType);
}

/** Whether it is one of ONNX's own operators. */
export function isStandard({ domain }: NodeProto): boolean {
  return domain === '' || domain === 'ai.onnx';
}

export function integerAttribute({ attribute }: NodeProto, name: string, absent: number): number {
  const found = attribute.find((each) => each.name === name);
  return found === undefined ? absent : Number(found.i);
}

export function floatAttribute({ attribute }: NodeProto, name: string, absent: number): number {
  return attribute.find((each) => each.name === name)?.f ?? absent;
}
