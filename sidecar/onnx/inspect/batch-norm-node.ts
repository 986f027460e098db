/** What a BatchNormalization node says about itself, in all versions of the operator. */
import type { GraphProto, NodeProto } from 'onnx-buf';
import type { GraphIndex } from '../foreign/graph-index.ts';
import { isOperator } from '../foreign/node.ts';
import { Attributes } from './attributes.ts';
import type { Known } from './shapes/types.ts';

/** All that a judgement on a batch normalization needs. */
export interface BatchNormContext {
  readonly graph: GraphProto;
  readonly index: GraphIndex;
  readonly shapes: ReadonlyMap<string, Known>;
  readonly opset: number;
}

export function isBatchNorm(node: NodeProto): boolean {
  return isOperator(node, 'BatchNormalization');
}

/** Whether a node computes with the batch's own statistics, which each version of the operator says in its own way. */
export function isTraining(node: NodeProto, opset: number): boolean {
  const attributes = new Attributes(node);
  if (opset >= 14) return attributes.integer('training_mode', 0) !== 0;
  if (opset >= 7) return node.output.filter((name) => name !== '').length > 1;
  return attributes.integer('is_test', 0) === 0;
}
