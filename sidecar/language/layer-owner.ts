/** Whose layers a list in the file is: that of the base serves all variants that have none of their own. */
import { everyEntry, type LayerEntry } from '../network/entries.ts';
import { baseVariant, type NetworkFile } from '../network/file.ts';

/** A layer of the list of one variant, its owner; the base's list serves all variants that have none of their own. */
export interface OwnedLayer {
  readonly name: string;
  readonly owner: string;
}

/** Variants that are made of the owner's list of layers. */
export function usersOf(owner: string, { parts }: NetworkFile): readonly string[] {
  const base = parts.get(baseVariant)?.layers;
  const list = parts.get(owner)?.layers;
  return [...parts].flatMap(([variant, { layers = base }]) => (layers === list ? [variant] : []));
}

export function entryOf(
  name: string,
  owner: string,
  { parts }: NetworkFile,
): LayerEntry | undefined {
  const entries = everyEntry(parts.get(owner)?.layers?.entries ?? []);
  return entries.find(({ names }) => names[0] === name);
}
