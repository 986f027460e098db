/** The parts of a network file as its author wrote them: read by the schema, not yet put together. */
import type { z } from 'zod';
import { type GridOptions, gridSchema } from './grid.ts';
import { type Diagnostic, diagnose, maximumDiagnostics, unknownField } from './issues.ts';
import { type LayerList, readLayers } from './layer-list.ts';
import { lossSchema } from './loss.ts';
import { withoutMultiples } from './multiples.ts';
import { asReplacements, type Replacements, replaceSchema } from './replace.ts';
import { removeSchema } from './schema.ts';
import type { Path, Source } from './source.ts';
import {
  initializationSchema,
  type TrainOptions,
  type TrainSettings,
  trainSchema,
  usualInitialization,
  withDefaults,
} from './train.ts';
import type { Initialization, Loss } from './types.ts';

/** What a variant's multiples multiply: the base with its defaults, null where that is wrong. */
interface Multiplied {
  readonly train: TrainSettings | null;
  readonly initialization: Initialization | null;
}

/** What the file, or one variant in it, gives. Undefined: not given. Null: given, but wrong. */
export interface Parts {
  readonly layers: LayerList | null | undefined;
  readonly initialization: Initialization | null | undefined;
  readonly loss: Loss | null | undefined;
  readonly train: TrainOptions | null | undefined;
  readonly remove: readonly string[] | null | undefined;
  readonly replace: Replacements | null | undefined;
  readonly grid: GridOptions | null | undefined;
  /** Where it stands in the file; empty for the base. */
  readonly path: Path;
  /** Fields that stand elsewhere than at the path of their name, as those of a grid's cell do. */
  readonly places: ReadonlyMap<string, Path>;
}

/** What the values of a grid are multiples of, laid out as the grid is. */
function bases({ train, initialization }: Multiplied): object | null {
  if (train === null || initialization === null) return null;
  const deviation = initialization.kind === 'gaussian' ? initialization.deviation : undefined;
  return { ...train, initialization, deviation };
}

/** Reads the parts of one file and collects what is wrong with them. */
export class PartsReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: Source;
  readonly #labels = new Map<string, string>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** The parts under `path`; `base` are those that a variant varies. */
  parts(raw: Readonly<Record<string, unknown>>, path: Path, base: Parts | null): Parts {
    const at = (field: string) => [...path, field];
    const multiplied: Multiplied | null = base && {
      train: base.train === null ? null : withDefaults(base.train ?? {}),
      initialization: base.initialization === undefined ? usualInitialization : base.initialization,
    };
    return {
      layers: readLayers(raw.network, at('network'), this),
      initialization: this.#varied(
        initializationSchema,
        raw.initialization,
        at('initialization'),
        multiplied?.initialization,
      ),
      loss: this.read(lossSchema, raw.loss, at('loss')),
      train: this.#varied(trainSchema, raw.train, at('train'), multiplied?.train),
      remove: base ? this.read(removeSchema, raw.remove, at('remove')) : undefined,
      replace: base ? this.#replacements(raw.replace, at('replace')) : undefined,
      grid: multiplied
        ? this.#varied(gridSchema, raw.grid, at('grid'), bases(multiplied))
        : undefined,
      path,
      places: new Map(),
    };
  }

  #replacements(raw: unknown, path: Path): Replacements | null | undefined {
    const layers = this.read(replaceSchema, raw, path);
    return layers && asReplacements(layers, path);
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
    for (let length = path.length; length > 0; length--) {
      const label = this.#labels.get(JSON.stringify(path.slice(0, length)));
      // The kind is part of the name, or the author chose a name that says more.
      if (label !== undefined) return [label, ...path.slice(length + 1)].join('.');
    }
    return path.join('.');
  };

  /** What messages call the entry at a path. */
  label(path: Path, label: string): void {
    this.#labels.set(JSON.stringify(path), label);
  }

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
}
