/** A graph of any origin, with who writes and who reads each tensor, kept right while nodes change. Top level only. */
import type { GraphProto, ModelProto, NodeProto, TensorProto } from 'onnx-buf';

/** From here on, an initializer that is an input too is only a default, which a caller may replace. */
const irVersionOfDefaults = 4n;

export class GraphIndex {
  readonly graph: GraphProto;
  readonly #producers = new Map<string, NodeProto>();
  readonly #readers = new Map<string, NodeProto[]>();
  readonly #initializers = new Map<string, TensorProto>();
  /** Tensors that somebody outside the nodes of this graph sees: its callers and its subgraphs. */
  readonly #visible: ReadonlySet<string>;
  readonly #replaceable: ReadonlySet<string>;
  readonly #removed = new Set<NodeProto>();
  #count = 0;

  constructor(graph: GraphProto, irVersion: ModelProto['irVersion']) {
    this.graph = graph;
    for (const node of graph.node) {
      for (const output of node.output) this.#producers.set(output, node);
      for (const input of new Set(node.input)) this.#add(input, node);
    }
    for (const tensor of graph.initializer) this.#initializers.set(tensor.name, tensor);
    const outputs = graph.output.map(({ name }) => name);
    this.#visible = new Set([...outputs, ...subgraphsOf(graph).flatMap(inputsWithin)]);
    const inputs = irVersion >= irVersionOfDefaults ? graph.input.map(({ name }) => name) : [];
    this.#replaceable = new Set(inputs);
  }

  producer(tensor: string): NodeProto | undefined {
    return this.#producers.get(tensor);
  }

  /** Whether it has values in the file that a caller may replace by others. */
  isReplaceable(tensor: string): boolean {
    return this.#replaceable.has(tensor) && this.#initializers.has(tensor);
  }

  /** Nodes of this graph that read it. */
  readers(tensor: string): readonly NodeProto[] {
    return this.#readers.get(tensor) ?? [];
  }

  /** Whether it is an output of the graph, or read within a subgraph. */
  isVisible(tensor: string): boolean {
    return this.#visible.has(tensor);
  }

  /** The values of a tensor that are the same for every input, also behind Identity; undefined where there are none. */
  constant(tensor: string): TensorProto | undefined {
    for (let name = tensor, steps = 0; steps < 16; steps += 1) {
      if (this.#replaceable.has(name)) return undefined;
      const initializer = this.#initializers.get(name);
      if (initializer !== undefined) return initializer;
      const node = this.producer(name);
      if (node?.opType === 'Constant' && node.domain === '') {
        return node.attribute.find((attribute) => attribute.name === 'value')?.t;
      }
      if (node?.opType !== 'Identity' || node.domain !== '') return undefined;
      [name] = node.input;
    }
    return undefined;
  }

  /** Adds values under a name of their own, which begins with `name`, and returns it. */
  addConstant(name: string, tensor: TensorProto): string {
    let free = name;
    while (this.#initializers.has(free) || this.#producers.has(free) || this.#readers.has(free)) {
      this.#count += 1;
      free = `${name}_${this.#count}`;
    }
    tensor.name = free;
    this.#initializers.set(free, tensor);
    this.graph.initializer.push(tensor);
    return free;
  }

  /** Lets a node read other tensors from now on. */
  setInputs(node: NodeProto, inputs: string[]): void {
    for (const input of new Set(node.input)) this.#remove(input, node);
    node.input = inputs;
    for (const input of new Set(inputs)) this.#add(input, node);
  }

  /** Takes out `last` and the `between` before it: the first output of `node` is what `last` gave. */
  shorten(node: NodeProto, between: readonly NodeProto[], last: NodeProto): void {
    for (const gone of [...between, last]) {
      for (const input of new Set(gone.input)) this.#remove(input, gone);
      for (const output of gone.output) this.#producers.delete(output);
      this.#removed.add(gone);
    }
    this.#producers.delete(node.output[0]);
    node.output[0] = last.output[0];
    this.#producers.set(node.output[0], node);
  }

  /** Writes the graph without the nodes that were taken out and what nothing reads any more. */
  finish(): void {
    const { graph } = this;
    const isRead = (name: string) => this.readers(name).length > 0 || this.isVisible(name);
    graph.node = graph.node.filter((node) => {
      if (this.#removed.has(node)) return false;
      const isConstant = node.opType === 'Constant' && node.domain === '';
      return !isConstant || node.output.some(isRead);
    });
    const unused = new Set(
      graph.initializer.map(({ name }) => name).filter((name) => !isRead(name)),
    );
    graph.initializer = graph.initializer.filter(({ name }) => !unused.has(name));
    graph.input = graph.input.filter(({ name }) => !unused.has(name));
    graph.valueInfo = graph.valueInfo.filter(
      ({ name }) => isRead(name) || this.#producers.has(name),
    );
  }

  #add(tensor: string, node: NodeProto): void {
    const readers = this.#readers.get(tensor);
    if (readers === undefined) this.#readers.set(tensor, [node]);
    else readers.push(node);
  }

  #remove(tensor: string, node: NodeProto): void {
    const readers = this.#readers.get(tensor)?.filter((reader) => reader !== node) ?? [];
    this.#readers.set(tensor, readers);
  }
}

/** The graphs that nodes of this one run, as If and Loop do. */
export function subgraphsOf({ node }: GraphProto): GraphProto[] {
  return node.flatMap(({ attribute }) =>
    attribute.flatMap(({ g, graphs }) => (g === undefined ? graphs : [g, ...graphs])),
  );
}

/** Every name that a subgraph mentions; some are its own, which does no harm here. */
function inputsWithin(graph: GraphProto): string[] {
  return [
    ...graph.node.flatMap(({ input }) => input),
    ...graph.output.map(({ name }) => name),
    ...subgraphsOf(graph).flatMap(inputsWithin),
  ];
}
