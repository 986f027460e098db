/** All that a judgement on a batch normalization needs. */
import type { GraphProto } from 'onnx-buf';
import type { GraphIndex } from '../foreign/graph-index.ts';
import type { Known } from './shapes/types.ts';

export interface BatchNormContext {
  readonly graph: GraphProto;
  readonly index: GraphIndex;
  readonly shapes: ReadonlyMap<string, Known>;
  readonly opset: number;
}
