/** Who writes and who reads each tensor of a graph, and which tensors never change. */
import type { GraphProto, ModelProto, NodeProto, TensorProto } from 'onnx-buf';

/** IR version from which a graph's input may stand in for an initializer of the same name. */
const overridableSince = 4n;

export class GraphIndex {
  readonly graph: GraphProto;
  readonly initializers: ReadonlyMap<string, TensorProto>;
  readonly #writers = new Map<string, number>();
  readonly #readers = new Map<string, number[]>();
  readonly #outputs: ReadonlySet<string>;
  /** Initializers whose values whoever runs the model may replace. */
  readonly #overridable: ReadonlySet<string>;

  constructor(graph: GraphProto, { irVersion }: Pick<ModelProto, 'irVersion'>) {
    this.graph = graph;
    this.initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    this.#outputs = new Set(graph.output.map(({ name }) => name));
    const inputs = irVersion >= overridableSince ? graph.input : [];
    this.#overridable = new Set(
      inputs.map(({ name }) => name).filter((name) => this.initializers.has(name)),
    );
    graph.node.forEach(({ input, output }, index) => {
      for (const name of output) if (name !== '') this.#writers.set(name, index);
      for (const name of new Set([...input, ...captured(this.graph.node[index])])) {
        const readers = this.#readers.get(name);
        if (readers === undefined) this.#readers.set(name, [index]);
        else readers.push(index);
      }
    });
  }

  /** Index of the node that computes a tensor; null for inputs and initializers. */
  writer(tensor: string): number | null {
    return this.#writers.get(tensor) ?? null;
  }

  writerNode(tensor: string): NodeProto | null {
    const index = this.writer(tensor);
    return index === null ? null : this.graph.node[index];
  }

  /** Indices of the nodes that take a tensor, once each. */
  readers(tensor: string): readonly number[] {
    return this.#readers.get(tensor) ?? [];
  }

  isOutput(tensor: string): boolean {
    return this.#outputs.has(tensor);
  }

  isOverridable(tensor: string): boolean {
    return this.#overridable.has(tensor);
  }

  /** The values of a tensor that never changes: an initializer, what a Constant node holds, or a copy of one. */
  constant(name: string): TensorProto | null {
    const seen = new Set<string>();
    for (let tensor = name; !seen.has(tensor); ) {
      seen.add(tensor);
      const initializer = this.initializers.get(tensor);
      if (initializer !== undefined) return initializer;
      const node = this.writerNode(tensor);
      if (node === null || !isStandard(node)) return null;
      if (node.opType === 'Constant') {
        return node.attribute.find((each) => each.name === 'value')?.t ?? null;
      }
      if (node.opType !== 'Identity' || node.input.length === 0) return null;
      tensor = node.input[0];
    }
    return null;
  }
}

/** Whether a node is one of ONNX's own operators. */
export function isStandard({ domain }: NodeProto): boolean {
  return domain === '' || domain === 'ai.onnx';
}

/** Names that the graphs within a node may take from the one around it. */
function captured(node: NodeProto): string[] {
  return subgraphs(node).flatMap((graph) => [
    ...graph.output.map(({ name }) => name),
    ...graph.node.flatMap((inner) => [...inner.input, ...captured(inner)]),
  ]);
}

/** The graphs that a node runs, as If and Loop do. */
export function subgraphs({ attribute }: NodeProto): GraphProto[] {
  return attribute.flatMap(({ g, graphs }) => (g === undefined ? graphs : [g, ...graphs]));
}
