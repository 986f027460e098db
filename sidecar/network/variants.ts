/** Reads the variants of a network file: their names, what each gives, and the grids among them. */
import { expandGrid, gridSize } from './grid.ts';
import { inspect, schemaAt } from './schema.ts';
import type { VariantGrid } from './types.ts';
import { figure, found } from './wording.ts';
import type { Parts, PartsReader } from './written.ts';

/** What the network as written is called among the variants. */
export const baseVariant = 'base';

/** Each has layers of its own; a comparison of more could not be read. */
const maximumVariants = 200;

export interface Variants {
  /** The base first, then the variants in the order of the file, those of a grid in the order of its cells. */
  readonly parts: ReadonlyMap<string, Parts>;
  readonly grids: readonly VariantGrid[];
}

type Raw = Readonly<Record<string, unknown>>;

export function readVariants(raw: unknown, base: Parts, reader: PartsReader): Variants {
  const parts = new Map([[baseVariant, base]]);
  const grids: VariantGrid[] = [];
  if (raw === undefined) return { parts, grids };
  if (!isMap(raw)) {
    const message = `variants: expected a map of variants by name, found ${found(raw)}`;
    reader.error('wrong-type', ['variants'], message);
    return { parts, grids };
  }
  const entries = Object.entries(raw);
  if (entries.length > maximumVariants) {
    const message = `variants: expected at most ${maximumVariants}, found ${figure(entries.length)}`;
    reader.error('out-of-range', ['variants', entries[maximumVariants][0]], message, 'key');
  }
  for (const [name, variant] of entries.slice(0, maximumVariants)) {
    if (!nameFits(name, name, parts, reader)) continue;
    const own = readVariant(name, variant, base, reader);
    const grid = own.grid && readGrid(name, (variant as Raw).grid as Raw, own, parts, reader);
    if (grid) grids.push(grid);
    else parts.set(name, own);
  }
  return { parts, grids };
}

function readVariant(name: string, raw: unknown, base: Parts, reader: PartsReader): Parts {
  const path = ['variants', name];
  const seen = inspect(schemaAt(path)!);
  if (!isMap(raw)) {
    const message = `variants.${name}: expected what is different, such as remove: batchnorm, found ${found(raw)}`;
    reader.error('wrong-type', path, message);
  } else if (seen.type === 'map') {
    reader.unknownFields(raw, path, Object.keys(seen.fields));
  }
  return reader.parts(isMap(raw) ? raw : {}, path, base);
}

/** Adds a variant for each combination; null, with a reason told, where they cannot be told apart. */
function readGrid(
  name: string,
  raw: Raw,
  own: Parts,
  parts: Map<string, Parts>,
  reader: PartsReader,
): VariantGrid | null {
  const path = [...own.path, 'grid'];
  const refuse = (code: string, message: string) => {
    reader.error(code, path, `variants.${name}.grid: ${message}`, 'key');
    return null;
  };
  const size = gridSize(own.grid!);
  if (parts.size - 1 + size > maximumVariants) {
    const all = figure(parts.size - 1 + size);
    const message = `expected at most ${maximumVariants} variants in all, found ${all}, ${figure(size)} of them of this grid; list fewer values`;
    return refuse('out-of-range', message);
  }
  const { axes, cells } = expandGrid(name, raw, own.grid!, path);
  const before = parts.size;
  for (const cell of cells) {
    const twice = [...cell.places].find(([field]) => isGiven(own, field));
    if (twice) {
      const [field, place] = twice;
      const message = `variants.${name}: ${field} is given here and under grid; keep one`;
      reader.error('given-twice', place, message);
      return null;
    }
    if (!nameFits(cell.name, name, parts, reader)) {
      // What a grid stands for is all of it.
      for (const added of [...parts.keys()].slice(before)) parts.delete(added);
      return null;
    }
    parts.set(cell.name, {
      ...own,
      train: own.train === null ? null : { ...own.train, ...cell.train },
      initialization: cell.initialization ?? own.initialization,
      places: cell.places,
    });
  }
  return { name, axes, cells: cells.map((cell) => ({ variant: cell.name, at: cell.at })) };
}

function isGiven({ train, initialization }: Parts, field: string): boolean {
  if (field === 'initialization') return initialization !== undefined;
  return train?.[field as keyof typeof train] !== undefined;
}

/** What Windows keeps for devices, also before a dot. */
const devices = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)/i;

const maximumName = 64;

/**
 * Names of variants become names of folders and files, on every system: for some, case makes no difference. `entry` is
 * what stands in the file: of a combination, the name of its grid.
 */
function nameFits(
  name: string,
  entry: string,
  others: ReadonlyMap<string, Parts>,
  reader: PartsReader,
): boolean {
  const refuse = (code: string, message: string) => {
    reader.error(code, ['variants', entry], message, 'key');
    return false;
  };
  const place = name === entry ? `variants.${name}` : `variants.${entry}: ${name}`;
  if (name === baseVariant || devices.test(name)) {
    const owner = name === baseVariant ? 'the network as written' : 'a device of Windows';
    return refuse('reserved-name', `${place}: this name stands for ${owner}; choose another`);
  }
  const same = [...others.keys()].find((other) => other.toLowerCase() === name.toLowerCase());
  if (same !== undefined) {
    const message =
      name === entry || others.get(same)!.path[1] !== entry
        ? `${place}: expected a name that differs from ${same} by more than its case; choose another`
        : `${place}: two combinations have this name; list each value once`;
    return refuse('reserved-name', message);
  }
  if (name !== entry && name.length > maximumName) {
    const message = `${place}: expected a name of at most ${maximumName} characters, found ${figure(name.length)}; give the grid a shorter name`;
    return refuse('variant-name', message);
  }
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/.test(name)) {
    const message = `variants: expected a name of letters and digits, with "-", "_" or "." between them, at most ${maximumName} in all, found ${found(name)}`;
    return refuse('variant-name', message);
  }
  return true;
}

function isMap(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
