/** How the weights of a finished graph are stored. */
import type { GraphProto } from 'onnx-buf';
import { type ModelForm, quantizedOpsets } from './choices.ts';
import { ExportError } from './errors.ts';
import { halveGraph } from './halve.ts';
import { quantizeGraph, type Ranges } from './quantize.ts';
import { weightedNodes } from './weighted-nodes.ts';

/** Rewrites the float32 graph; int8 needs the ranges of its activations. */
export function applyPrecision(
  graph: GraphProto,
  { precision, opset }: ModelForm,
  ranges: Ranges | undefined,
): void {
  if (precision === 'float32') return;
  checkWeighted(graph, precision);
  if (precision === 'float16') halveGraph(graph);
  else if (ranges === undefined) throw new Error('precision int8: expected ranges of activations');
  else quantizeGraph(graph, ranges, opset >= quantizedOpsets.perChannel);
}

/** Throws an ExportError for a graph without weights that could be stored otherwise. */
export function checkWeighted(graph: GraphProto, precision: 'float16' | 'int8'): void {
  if (weightedNodes(graph).length > 0) return;
  throw new ExportError(
    `precision ${precision}`,
    'a dense layer or convolution, whose weights it is about',
    'none: export with precision float32',
  );
}
