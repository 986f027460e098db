/** A graph of any origin, with who writes and who reads each tensor, kept right while nodes change. Top level only. */
import type { GraphProto, ModelProto, NodeProto, TensorProto } from 'onnx-buf';
import { isOperator, nodeName } from './node.ts';
import { heldTensor } from './tensors.ts';

/** From here on, an initializer that is an input too is only a default, which a caller may replace. */
const irVersionOfDefaults = 4n;

export class GraphIndex {
  readonly graph: GraphProto;
  readonly #producers = new Map<string, NodeProto>();
  readonly #readers = new Map<string, NodeProto[]>();
  /** Initializers, and what Constant nodes give. */
  readonly #constants = new Map<string, TensorProto>();
  /** As the file calls them: a node without a name is called by its output, which changes. */
  readonly #names = new Map<NodeProto, string>();
  /** All names of tensors, those within subgraphs too. */
  readonly #used: Set<string>;
  /** Tensors that somebody outside the nodes of this graph sees: its callers and its subgraphs. */
  readonly #visible: ReadonlySet<string>;
  readonly #replaceable: ReadonlySet<string>;
  readonly #removed = new Set<NodeProto>();
  /** What a node has ceased to read. */
  readonly #released = new Set<string>();
  #count = 0;

  constructor(graph: GraphProto, irVersion: ModelProto['irVersion']) {
    this.graph = graph;
    for (const node of graph.node) {
      this.#names.set(node, nodeName(node));
      for (const output of node.output) this.#producers.set(output, node);
      for (const input of new Set(node.input)) this.#add(input, node);
      const held = isOperator(node, 'Constant') ? heldTensor(node) : undefined;
      if (held !== undefined) this.#constants.set(node.output[0], held);
    }
    for (const tensor of graph.initializer) this.#constants.set(tensor.name, tensor);
    // An optional tensor that is left out has an empty name.
    for (const known of [this.#producers, this.#readers, this.#constants]) known.delete('');
    this.#used = new Set(namesWithin(graph));
    const outputs = graph.output.map(({ name }) => name);
    this.#visible = new Set([...outputs, ...subgraphsOf(graph).flatMap(inputsWithin)]);
    const inputs = irVersion >= irVersionOfDefaults ? graph.input.map(({ name }) => name) : [];
    this.#replaceable = new Set(inputs);
  }

  /** Name and operator, as messages have it. */
  describe(node: NodeProto): string {
    return `${this.nameOf(node)} (${node.opType})`;
  }

  nameOf(node: NodeProto): string {
    return this.#names.get(node) ?? nodeName(node);
  }

  producer(tensor: string): NodeProto | undefined {
    return this.#producers.get(tensor);
  }

  /** Whether it has values in the file that a caller may replace by others. */
  isReplaceable(tensor: string): boolean {
    return this.#replaceable.has(tensor) && this.#constants.has(tensor);
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
      const constant = this.#constants.get(name);
      if (constant !== undefined) return constant;
      const node = this.producer(name);
      if (node === undefined || !isOperator(node, 'Identity')) return undefined;
      [name] = node.input;
    }
    return undefined;
  }

  /** Whether it is the same for every input: a constant, or one behind a Cast, which runtimes compute when they load a model. */
  isConstant(tensor: string): boolean {
    if (this.constant(tensor) !== undefined) return true;
    const node = this.producer(tensor);
    return (
      node !== undefined &&
      isOperator(node, 'Cast') &&
      this.constant(node.input[0] ?? '') !== undefined
    );
  }

  /** Adds values under a name of their own, which begins with `name`, and returns it. */
  addConstant(name: string, tensor: TensorProto): string {
    let free = name;
    while (this.#used.has(free)) {
      this.#count += 1;
      free = `${name}_${this.#count}`;
    }
    tensor.name = free;
    this.#used.add(free);
    this.#constants.set(free, tensor);
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

  /** Writes the graph without the nodes that were taken out and the constants that nothing reads any more. */
  finish(): void {
    const { graph } = this;
    const isRead = (name: string) => this.readers(name).length > 0 || this.isVisible(name);
    const unused = new Set([...this.#released].filter((name) => !isRead(name)));
    graph.node = graph.node.filter(
      (node) =>
        !this.#removed.has(node) && !(isOperator(node, 'Constant') && unused.has(node.output[0])),
    );
    graph.initializer = graph.initializer.filter(({ name }) => !unused.has(name));
    graph.input = graph.input.filter(
      ({ name }) => !(unused.has(name) && this.#constants.has(name)),
    );
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
    this.#released.add(tensor);
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

/** Every name that a subgraph reads; some are its own, which does no harm here. */
function inputsWithin(graph: GraphProto): string[] {
  return [
    ...graph.node.flatMap(({ input }) => input),
    ...graph.output.map(({ name }) => name),
    ...subgraphsOf(graph).flatMap(inputsWithin),
  ];
}

/** Every name of a tensor in a graph and in those within. */
function namesWithin(graph: GraphProto): string[] {
  const values = [...graph.input, ...graph.output, ...graph.valueInfo, ...graph.initializer];
  return [
    ...values.map(({ name }) => name),
    ...graph.sparseInitializer.map((sparse) => sparse.values?.name ?? ''),
    ...graph.node.flatMap(({ input, output }) => [...input, ...output]),
    ...subgraphsOf(graph).flatMap(namesWithin),
  ];
}
