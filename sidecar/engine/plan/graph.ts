/** The network as its layers compute: who reads whose output once layers that only pass their input on are left out. */
import { type Layer, type Network, type Shape, sizeOf } from '../../network/types.ts';
import { activationExtent, type Extent, lanes } from '../blocked.ts';
import { definitionOf } from '../layers/index.ts';

/** Name of the network's own input among the tensors. */
export const networkInput = 'input';

export interface Node {
  readonly layer: Layer;
  /** Names of the tensors it takes: layers that compute them, or the network's input. */
  readonly inputs: readonly string[];
}

export interface Graph {
  /** Every layer that computes something, each after its inputs. */
  readonly nodes: readonly Node[];
  /** The tensor that is the network's output. */
  readonly output: string;
  /** Shape of every tensor; the input's is flat when all who read it take it so. */
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly inputInPlanes: boolean;
  /** The nodes that read a tensor, in order. */
  consumersOf(tensor: string): readonly Node[];
}

export function buildGraph(network: Network, mode: 'training' | 'inference'): Graph {
  const training = resolve(network, 'training');
  const { nodes, names } = mode === 'training' ? training : resolve(network, mode);
  const last = network.layers.at(-1);
  const output = last && names.get(last.name);
  if (!output || nodes.length === 0) {
    throw new Error('network: expected at least one layer that computes something');
  }
  const consumersOf = (tensor: string) => nodes.filter(({ inputs }) => inputs.includes(tensor));
  const unread = nodes.find(
    ({ layer }) => layer.name !== output && consumersOf(layer.name).length === 0,
  );
  if (unread) throw new Error(`${unread.layer.name}: expected a layer that takes its output`);

  // Training decides, so that both modes find parameters in the same order.
  const readers = training.nodes.filter(({ inputs }) => inputs.includes(networkInput));
  const flat = readers.every(({ layer }) => layer.kind === 'dense');
  const inputInPlanes =
    !flat && readers.every(({ layer }) => definitionOf(layer).readsPlanes?.(layer) ?? false);
  const shapes = new Map(nodes.map(({ layer }) => [layer.name, layer.output]));
  shapes.set(networkInput, flat ? [sizeOf(network.input)] : network.input);
  const [units, ...locations] = shapes.get(output)!;
  if (sizeOf(locations) !== 1) {
    throw new Error(
      `${output}: expected an output [units] for the loss, found [${[units, ...locations].join(', ')}]; end with a dense layer`,
    );
  }
  return { nodes, output, shapes, inputInPlanes, consumersOf };
}

/** Extent of a tensor in batches of so many examples. */
export function extentOf(graph: Graph, tensor: string, rows: number): Extent {
  const extent = activationExtent(rows, graph.shapes.get(tensor)!);
  const planes = tensor === networkInput && graph.inputInPlanes;
  return { ...extent, lanes: planes ? 1 : lanes };
}

/** The layers that compute, and for every layer the tensor that is its output. */
function resolve({ layers }: Network, mode: 'training' | 'inference') {
  const names = new Map([[networkInput, networkInput]]);
  const nodes: Node[] = [];
  for (const layer of layers) {
    const inputs = layer.inputs.map((name) => {
      const tensor = names.get(name);
      if (tensor === undefined) throw new Error(`${layer.name}: no layer ${name} before it`);
      return tensor;
    });
    const passes = passesOn(layer, layers, mode);
    if (!passes) nodes.push({ layer, inputs });
    names.set(layer.name, passes ? inputs[0] : layer.name);
  }
  return { nodes, names };
}

function passesOn(layer: Layer, layers: readonly Layer[], mode: 'training' | 'inference'): boolean {
  const { identity } = definitionOf(layer);
  if (typeof identity !== 'function') return identity === mode;
  return identity(
    layer,
    layers.filter(({ inputs }) => inputs.includes(layer.name)),
  );
}
