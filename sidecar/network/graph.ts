/** From the tree of a network's containers to layers in an order in which every layer comes after its inputs. */
import { everyNode, type LayerEntry, type LayerNode } from './entries.ts';
import type { LayerKind } from './types.ts';

/** What the layers that take the network's own input have for an input. */
export const networkInput = 'input';

/** A layer among others; shapes are not known here. */
export interface GraphLayer {
  readonly name: string;
  readonly kind: LayerKind;
  /** Its own entry, or that of the container that it ends. */
  readonly entry: LayerEntry;
  readonly inputs: readonly string[];
}

export function flattenGraph(nodes: readonly LayerNode[]): GraphLayer[] {
  const layers: GraphLayer[] = [];
  appendSequence(nodes, networkInput, layers);
  return layers;
}

/** Appends layers that run one after another; returns the name of what they give. */
function appendSequence(nodes: readonly LayerNode[], from: string, layers: GraphLayer[]): string {
  return nodes.reduce((before, node) => append(node, before, layers), from);
}

function append({ name, entry, branches }: LayerNode, from: string, layers: GraphLayer[]): string {
  const outputs = branches.map((branch) => appendSequence(branch, from, layers));
  switch (entry.kind) {
    case 'repeat':
      return outputs[0];
    case 'concat':
      layers.push({ name, kind: 'concat', entry, inputs: outputs });
      return name;
    case 'residual':
      layers.push({ name, kind: 'add', entry, inputs: [outputs[0], from] });
      return name;
    default:
      layers.push({ name, kind: entry.kind as LayerKind, entry, inputs: [from] });
      return name;
  }
}

export function matches(word: string, { name, entry }: LayerNode): boolean {
  return entry.kind === word || entry.given === word || name === word;
}

/**
 * The nodes without those that match a word. A residual leaves its layers, without the sum; other containers go with
 * all they hold, and so do containers that are left without a layer.
 */
export function without(nodes: readonly LayerNode[], words: readonly string[]): LayerNode[] {
  return nodes.flatMap((node) => {
    const isRemoved = words.some((word) => matches(word, node));
    const branches = node.branches.map((branch) => without(branch, words));
    if (isRemoved) return node.entry.kind === 'residual' ? branches.flat() : [];
    const isEmpty = node.branches.length > 0 && branches.every(({ length }) => length === 0);
    return isEmpty ? [] : [{ ...node, branches }];
  });
}

/** What may be removed: kinds first, then names; copies of a repeat by the name they share. */
export function removable(nodes: readonly LayerNode[]): string[] {
  const all = everyNode(nodes).filter(({ entry }) => entry.kind !== '');
  const names = all.map(({ name, entry }) => entry.given ?? name);
  return [...new Set([...all.map(({ entry }) => entry.kind), ...names])];
}
