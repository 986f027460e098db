/** What zod found wrong, as diagnostics: place, what was expected, what was found, what would do. */
import type { z } from 'zod';
import { nearest } from '../nearest.ts';
import type { IssueParams } from './choice.ts';
import { type Diagnostic, diagnosticAt, maximumDiagnostics } from './diagnostic.ts';
import { allowed, facts, inspect, schemaAt } from './schema.ts';
import type { Path, Source } from './source.ts';
import { found, isMultiple, remedy } from './wording.ts';

/** Says a path as its author would: `dense2.units`, `train.learningRate`, `variants.wide.train`. */
export type PlaceNames = (path: Path) => string;

type Issue = z.core.$ZodIssue;

/** Diagnostics of one failed parse whose value stands at `base` in the file. */
export function diagnose(
  issues: readonly Issue[],
  base: Path,
  source: Source,
  place: PlaceNames,
): Diagnostic[] {
  return issues.slice(0, maximumDiagnostics).flatMap((issue) => {
    const path = [...base, ...(issue.path as (string | number)[])];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys
        .slice(0, maximumDiagnostics)
        .map((key) => unknownField(path, key, source, place));
    }
    return [diagnoseOne(issue, path, source, place)];
  });
}

export function unknownField(
  path: Path,
  key: string,
  source: Source,
  place: PlaceNames,
): Diagnostic {
  const seen = inspectAt(path);
  const fields = seen?.type === 'map' ? Object.keys(seen.fields) : [];
  const advice = fields.length > 0 ? remedy(key, fields) : 'expected no options';
  const message = `${prefix(place(path))}unknown field ${found(key)}; ${advice}`;
  const meant = nearest(key, fields);
  return diagnosticAt(source, 'error', 'unknown-field', [...path, key], message, {
    at: 'key',
    meant,
  });
}

function diagnoseOne(issue: Issue, path: Path, source: Source, place: PlaceNames): Diagnostic {
  if (issue.code === 'custom') return diagnoseCustom(issue, path, source, place);
  if (issue.input === undefined && typeof path.at(-1) === 'string') {
    return missingField(path, source, place);
  }
  const expected =
    issue.code === 'invalid_format' ? issue.message : `expected ${expectation(path)}`;
  return {
    range: source.token(path),
    severity: 'error',
    code: issue.code === 'too_small' || issue.code === 'too_big' ? 'out-of-range' : 'wrong-type',
    message: `${prefix(place(path))}${expected}, found ${found(issue.input)}${hint(path, issue.input)}`,
  };
}

function diagnoseCustom(
  { params, message }: z.core.$ZodIssueCustom,
  path: Path,
  source: Source,
  place: PlaceNames,
): Diagnostic {
  const { code, keyed, meant } = (params ?? { code: 'out-of-range' }) as IssueParams;
  // What is wrong with a key is wrong with the map that has it.
  const told = prefix(place(keyed ? path.slice(0, -1) : path)) + message;
  return diagnosticAt(source, 'error', code, path, told, { at: keyed ? 'key' : 'value', meant });
}

/** What to do about a value that is nearly right. */
function hint(path: Path, value: unknown): string {
  const type = inspectAt(path)?.type;
  if (type === 'text' && ['number', 'boolean'].includes(typeof value)) return '; put it in quotes';
  if (type === 'number' && isMultiple(value)) return '; a multiple is for variants only';
  return '';
}

function missingField(path: Path, source: Source, place: PlaceNames): Diagnostic {
  const field = String(path.at(-1));
  const schema = schemaAt(path);
  const description = schema ? String(facts(schema).description ?? '') : '';
  const what = description.split(/(?<=[.:])\s/)[0].replace(/[.:]$/, '');
  return {
    range: source.keyRange(path.slice(0, -1)),
    severity: 'error',
    code: 'missing-field',
    message: `${prefix(place(path.slice(0, -1)))}${field} is missing, expected ${expectation(path)} (${what.charAt(0).toLowerCase()}${what.slice(1)})`,
  };
}

function prefix(place: string): string {
  return place === '' ? '' : `${place}: `;
}

function inspectAt(path: Path) {
  const schema = schemaAt(path);
  return schema && inspect(schema);
}

/** What may stand at a path, in words. */
function expectation(path: Path): string {
  const schema = schemaAt(path);
  return schema ? allowed(schema) : 'something else';
}
