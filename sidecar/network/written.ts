/** The parts of a network file as its author wrote them: read by the schema, not yet put together. */
import type { z } from 'zod';
import { wordAndOptions } from './choice.ts';
import { type Diagnostic, diagnose, maximumDiagnostics, unknownField } from './issues.ts';
import type { WrittenLayer } from './layers.ts';
import { layerSchema, layerTable } from './layers.ts';
import { lossSchema } from './loss.ts';
import { withoutMultiples } from './multiples.ts';
import { removeSchema } from './schema.ts';
import type { Path, Source } from './source.ts';
import {
  initializationSchema,
  type TrainOptions,
  trainSchema,
  usualInitialization,
  withDefaults,
} from './train.ts';
import type { Initialization, Loss } from './types.ts';
import { figure, found } from './wording.ts';

/** An entry of a network's list, whether or not its options can be read. */
export interface LayerEntry {
  readonly name: string;
  /** The word as written; not necessarily a kind that exists. */
  readonly kind: string;
  readonly path: Path;
  /** Null when something is wrong with it. */
  readonly layer: WrittenLayer | null;
}

/** What the file, or one variant in it, gives. Undefined: not given. Null: given, but wrong. */
export interface Parts {
  readonly layers: readonly LayerEntry[] | null | undefined;
  readonly initialization: Initialization | null | undefined;
  readonly loss: Loss | null | undefined;
  readonly train: TrainOptions | null | undefined;
  readonly remove: readonly string[] | null | undefined;
}

const maximumLayers = 1000;

/** Reads the parts of one file and collects what is wrong with them. */
export class PartsReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: Source;
  readonly #names = new Map<string, string>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** The parts under `path`; `base` are those that a variant varies. */
  parts(raw: Readonly<Record<string, unknown>>, path: Path, base: Parts | null): Parts {
    const at = (field: string) => [...path, field];
    const multiplied = base && {
      train: base.train === null ? null : withDefaults(base.train ?? {}),
      initialization: base.initialization === undefined ? usualInitialization : base.initialization,
    };
    return {
      layers: this.#layers(raw.network, at('network')),
      initialization: this.#varied(
        initializationSchema,
        raw.initialization,
        at('initialization'),
        multiplied?.initialization,
      ),
      loss: this.read(lossSchema, raw.loss, at('loss')),
      train: this.#varied(trainSchema, raw.train, at('train'), multiplied?.train),
      remove: base ? this.read(removeSchema, raw.remove, at('remove')) : undefined,
    };
  }

  /** One value by its schema: undefined where there is none, null where it is wrong. */
  read<T>(schema: z.ZodType<T>, raw: unknown, path: Path): T | null | undefined {
    if (raw === undefined) return undefined;
    const result = schema.safeParse(raw, { reportInput: true });
    if (result.success) return result.data;
    if (this.diagnostics.length >= maximumDiagnostics) return null;
    const { issues } = result.error;
    this.diagnostics.push(...diagnose(issues, path, this.#source, this.place));
    return null;
  }

  unknownFields(raw: Readonly<Record<string, unknown>>, path: Path, fields: readonly string[]) {
    const unknown = Object.keys(raw).filter((key) => !fields.includes(key));
    for (const key of unknown.slice(0, maximumDiagnostics)) {
      this.diagnostics.push(unknownField(path, key, this.#source, this.place));
    }
  }

  error(code: string, path: Path, message: string, at: 'key' | 'value' = 'value'): void {
    const range = at === 'key' ? this.#source.keyRange(path) : this.#source.token(path);
    this.diagnostics.push({ range, severity: 'error', code, message });
  }

  /** A path as messages say it, with layers by their names. */
  readonly place = (path: Path): string => {
    const parts: string[] = [];
    for (let i = 0; i < path.length; i++) {
      if (path[i] === 'network' && typeof path[i + 1] === 'number') {
        const name = this.#names.get(JSON.stringify(path.slice(0, i + 2)));
        parts.push(name ?? `layer ${Number(path[i + 1]) + 1}`);
        // The kind is part of the name, or the author chose a name that says more.
        i += 2;
      } else parts.push(String(path[i]));
    }
    return parts.join('.');
  };

  /** Reads what may hold multiples of `base`; undefined: it may not, null: the base is wrong and has said so. */
  #varied<T>(
    schema: z.ZodType<T>,
    raw: unknown,
    path: Path,
    base: object | null | undefined,
  ): T | null | undefined {
    if (base === undefined || raw === undefined) return this.read(schema, raw, path);
    const { value, orphans } = withoutMultiples(schema, raw, base ?? {});
    if (orphans.length === 0) return this.read(schema, value, path);
    for (const orphan of base ? orphans : []) {
      const at = [...path, ...orphan.path];
      const message = `${this.place(at)}: ${orphan.multiple} multiplies the value of the base, which has none here; write a number`;
      this.error('multiple', at, message);
    }
    return null;
  }

  #layers(raw: unknown, path: Path): LayerEntry[] | null | undefined {
    if (raw === undefined) return undefined;
    if (Array.isArray(raw) && raw.length > maximumLayers) {
      const message = `${this.place(path)}: expected at most ${figure(maximumLayers)} layers, found ${figure(raw.length)}`;
      this.error('out-of-range', [...path, maximumLayers], message);
      return null;
    }
    if (!Array.isArray(raw) || raw.length === 0) {
      const what = Array.isArray(raw) ? 'an empty list' : found(raw);
      const message = `${this.place(path)}: expected a list of layers, found ${what}; write each on a line of its own, after "- "`;
      this.error('wrong-type', path, message);
      return null;
    }
    const named = nameLayers(raw);
    named.forEach(({ name, kind }, index) => {
      // A word that is no kind would make a name that means nothing.
      if (name === null || !Object.hasOwn(layerTable, kind!)) return;
      this.#names.set(JSON.stringify([...path, index]), name);
    });
    this.#duplicates(named, path);
    return named.map(({ name, kind }, index) => ({
      name: name ?? '',
      kind: kind ?? '',
      path: [...path, index],
      layer: this.read(layerSchema, raw[index], [...path, index]) ?? null,
    }));
  }

  #duplicates(named: readonly NamedEntry[], path: Path): void {
    const first = new Map<string, number>();
    named.forEach(({ name }, index) => {
      if (name === null) return;
      const other = first.get(name);
      if (other === undefined) {
        first.set(name, index);
        return;
      }
      // The name that somebody wrote is the one that can be changed.
      const [wrong, right] = named[index].given ? [index, other] : [other, index];
      const at = [...path, wrong, named[wrong].kind!, 'name'];
      const message = `${name}: layer ${figure(right + 1)} has this name too; choose another`;
      this.error('duplicate-name', at, message);
    });
  }
}

interface NamedEntry {
  readonly name: string | null;
  readonly kind: string | null;
  /** Whether the author wrote the name. */
  readonly given: boolean;
}

/** Names by kind and count over all layers of the kind, so that naming one does not rename the next. */
function nameLayers(raw: readonly unknown[]): NamedEntry[] {
  const counts = new Map<string, number>();
  return raw.map((item) => {
    const [kind, options] = wordAndOptions(item);
    if (kind === null) return { name: null, kind, given: false };
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const given = (options as { name?: unknown } | null | undefined)?.name;
    return typeof given === 'string'
      ? { name: given, kind, given: true }
      : { name: `${kind}${count}`, kind, given: false };
  });
}
