/** The layers of one variant: its own list or the base's, less what it removes, with what it replaces. */
import { nearest } from '../nearest.ts';
import { type Context, chosen } from './context.ts';
import { everyNode, type LayerNode } from './entries.ts';
import { flattenGraph, type GraphLayer, matches, removable, without } from './graph.ts';
import { isReplaceable, replaceable, withReplacements } from './replace.ts';
import { found, remedy } from './wording.ts';

interface VariantLayers {
  readonly graph: readonly GraphLayer[];
  /** Whether every layer can be read. */
  readonly isWhole: boolean;
}

/** Null when the list cannot be used; says what removals and replacements do not find. */
export function variantLayers(context: Context): VariantLayers | null {
  const { value: list } = chosen(context, 'layers');
  const { remove, replace } = context.own ?? {};
  if (!list || remove === null || replace === null) return null;
  const { nodes } = list;
  checkReplacements(context, nodes);
  const left = remove ? remaining(context, nodes, remove) : nodes;
  if (left === null) return null;
  return asGraph(replace ? withReplacements(left, replace) : left);
}

function remaining(
  context: Context,
  nodes: readonly LayerNode[],
  remove: readonly string[],
): LayerNode[] | null {
  const at = [...context.own!.path, 'remove'];
  const all = everyNode(nodes);
  remove.forEach((word, index) => {
    if (all.some((node) => matches(word, node))) return;
    const message = `remove: no layer is or is called ${found(word)}; ${remedy(word, removable(nodes))}`;
    const meant = nearest(word, removable(nodes));
    context.report('error', 'unknown-name', [...at, index], message, { meant });
  });
  const left = without(nodes, remove);
  if (left.length > 0) return left;
  context.report('error', 'no-layers', at, 'remove: no layer is left; remove fewer');
  return null;
}

function checkReplacements(context: Context, nodes: readonly LayerNode[]): void {
  for (const [word, { path }] of context.own?.replace ?? []) {
    if (isReplaceable(word, nodes)) continue;
    const message = `replace: no layer is or is called ${found(word)}; ${remedy(word, replaceable(nodes))}`;
    const meant = nearest(word, replaceable(nodes));
    context.report('error', 'unknown-name', path, message, { at: 'key', meant });
  }
}

function asGraph(nodes: readonly LayerNode[]): VariantLayers {
  return {
    graph: flattenGraph(nodes),
    isWhole: everyNode(nodes).every(({ entry }) => !entry.broken),
  };
}
