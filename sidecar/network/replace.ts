/** Layers that a variant puts in the place of others: `replace: { relu: sigmoid }`. */
import { z } from 'zod';
import { choice } from './choice.ts';
import { everyNode, type LayerEntry, type LayerNode } from './entries.ts';
import { matches } from './graph.ts';
import { isContainer, layerTable, type WrittenLayer } from './layers.ts';
import type { Path } from './source.ts';

/** What stands in the place of others, and where it is written. */
export interface Replacement {
  readonly layer: WrittenLayer;
  readonly path: Path;
}

/** By the kind or name of what they replace. */
export type Replacements = ReadonlyMap<string, Replacement>;

export const replaceSchema = z
  .record(
    z.string(),
    choice('layer', layerTable, {
      title: 'Layer instead',
      description: 'What stands in the place of the layer: a word, or a word with options.',
    }),
  )
  .superRefine((layers, context) => {
    for (const [word, layer] of Object.entries(layers)) {
      if (!('name' in layer) || layer.name === undefined) continue;
      context.issues.push({
        code: 'custom',
        input: layer.name,
        path: [word, layer.kind, 'name'],
        message: 'a layer in the place of another keeps its name; remove name',
        params: { code: 'replace-name' },
      });
    }
  })
  .meta({
    title: 'Replace',
    expects: 'a map such as { relu: sigmoid }',
    description:
      'Layers this variant has others for, also inside containers: what is replaced, a kind (`relu`) or a layer (`relu2`), and what stands in its place, written as in the network. A name that was given stays; `relu1` becomes `sigmoid1`, or the next number that is free. All other layers keep their names, and so their first weights. What `remove` takes away is not replaced.',
  });

/** As the schema reads it. */
export function asReplacements(
  layers: Readonly<Record<string, WrittenLayer>>,
  path: Path,
): Replacements {
  const entries = Object.entries(layers);
  return new Map(entries.map(([word, layer]) => [word, { layer, path: [...path, word] }]));
}

/** The nodes with every layer that a word matches replaced; a name goes before a kind. */
export function withReplacements(
  nodes: readonly LayerNode[],
  replacements: Replacements,
): LayerNode[] {
  const chosen = (node: LayerNode) =>
    isContainer(node.entry.kind) ? null : pick(node, replacements);
  const isRenamed = (node: LayerNode) => chosen(node) !== null && node.entry.given === null;
  const taken = new Set(everyNode(nodes).flatMap((node) => (isRenamed(node) ? [] : [node.name])));
  const replace = (list: readonly LayerNode[]): LayerNode[] =>
    list.map((node) => {
      const replacement = chosen(node);
      if (!replacement) return { ...node, branches: node.branches.map(replace) };
      const name = isRenamed(node) ? freeName(node, replacement.layer.kind, taken) : node.name;
      taken.add(name);
      return { name, entry: replacedEntry(node.entry, name, replacement), branches: [] };
    });
  return replace(nodes);
}

function pick(node: LayerNode, replacements: Replacements): Replacement | null {
  const { given, kind } = node.entry;
  const words = [node.name, ...(given === null ? [] : [given]), kind];
  const word = words.find((each) => replacements.has(each));
  return word === undefined ? null : replacements.get(word)!;
}

/** `relu2` becomes `sigmoid2`, so that replacing one layer does not rename the next. */
function freeName({ name, entry }: LayerNode, kind: string, taken: ReadonlySet<string>): string {
  let count = Number(name.slice(entry.kind.length));
  while (taken.has(`${kind}${count}`)) count += 1;
  return `${kind}${count}`;
}

function replacedEntry(entry: LayerEntry, name: string, { layer, path }: Replacement): LayerEntry {
  return { ...entry, kind: layer.kind, path, names: [name], layer, broken: false, replaces: entry };
}

/** What may be replaced: kinds first, then names. */
export function replaceable(nodes: readonly LayerNode[]): string[] {
  const layers = everyNode(nodes).filter(
    ({ entry }) => entry.kind !== '' && !isContainer(entry.kind),
  );
  const names = layers.map(({ name, entry }) => entry.given ?? name);
  return [...new Set([...layers.map(({ entry }) => entry.kind), ...names])];
}

/** Whether a word stands for a layer that can be replaced. */
export function isReplaceable(word: string, nodes: readonly LayerNode[]): boolean {
  return everyNode(nodes).some((node) => !isContainer(node.entry.kind) && matches(word, node));
}
