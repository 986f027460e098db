/** The nodes of a graph of ours that multiply by learned weights, and with them nearly all of a model's bytes. */
import type { GraphProto, NodeProto, TensorProto } from 'onnx-buf';

export interface WeightedNode {
  readonly node: NodeProto;
  readonly weight: TensorProto;
  /** Axis of the weight along which the outputs lie. */
  readonly axis: number;
  readonly bias: TensorProto | null;
}

export function weightedNodes({ node: nodes, initializer }: GraphProto): readonly WeightedNode[] {
  const initializers = new Map(initializer.map((tensor) => [tensor.name, tensor]));
  return nodes.flatMap((node) => {
    const { opType, input } = node;
    if (opType !== 'Conv' && opType !== 'Gemm' && opType !== 'MatMul') return [];
    const weight = initializers.get(input[1])!;
    const bias = input.length > 2 ? initializers.get(input[2])! : null;
    // Gemm's weight is transposed, [out, in] as Conv's; MatMul's is [in, out].
    return [{ node, weight, bias, axis: opType === 'MatMul' ? 1 : 0 }];
  });
}

/** A copy, since a file's bytes need not lie at a multiple of 4. */
export function floatsOf({ rawData }: TensorProto): Float32Array {
  return new Float32Array(Uint8Array.from(rawData).buffer);
}
