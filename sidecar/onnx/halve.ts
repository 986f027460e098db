/** Weights of dense layers and convolutions as float16: half the bytes, computed with as float32 behind a Cast. */
import { TensorProto_DataType as DataType, type GraphProto } from 'onnx-buf';
import { isWeighted, type Network, type Weights } from '../network/types.ts';
import { fitsHalf, toHalf } from './half.ts';
import { integer, NodeWriter, setValues } from './node-writer.ts';
import { floatsOf, weightedNodes } from './weighted-nodes.ts';

/** Stores every weight that fits; the others stay float32. */
export function halveGraph(graph: GraphProto): void {
  const weighted = new Map(weightedNodes(graph).map((each) => [each.node, each.weight]));
  const writer = new NodeWriter();
  for (const node of graph.node) {
    const weight = weighted.get(node);
    const values = weight && floatsOf(weight);
    if (weight && values && fitsHalf(values)) {
      setValues(weight, DataType.FLOAT16, toHalf(values));
      const cast = [integer('to', DataType.FLOAT)];
      node.input[1] = writer.node('Cast', `${weight.name}.cast`, [weight.name], cast);
    }
    writer.nodes.push(node);
  }
  graph.node = writer.nodes;
}

/** Names of the weights that no float16 can hold. */
export function beyondHalf({ layers }: Network, weights: Weights): string[] {
  return layers
    .filter(({ kind }) => isWeighted(kind))
    .map(({ name }) => `${name}.weight`)
    .filter((tensor) => !fitsHalf(weights.get(tensor)!.values));
}
