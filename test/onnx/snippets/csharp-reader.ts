/**
 * Reads the literals and comments of a C# program by the language's lexical grammar (ECMA-334, 6.3 and 6.4.5.6), of
 * which it knows regular strings, characters and single-line comments, and refuses all else.
 */
import assert from 'node:assert/strict';

export interface CsharpProgram {
  /** What each string literal stands for. */
  readonly strings: readonly string[];
  /** Without their slashes. */
  readonly comments: readonly string[];
  /** The rest, each literal empty. */
  readonly code: string;
}

/** Carriage return, line feed, next line, line separator, paragraph separator. */
const lineEnd = /[\r\n\u0085\u2028\u2029]/;

const simpleEscapes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  0: '\0',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

export function readCsharp(program: string): CsharpProgram {
  const strings: string[] = [];
  const comments: string[] = [];
  let code = '';
  let at = 0;
  while (at < program.length) {
    if (program.startsWith('//', at)) {
      const length = program.slice(at).search(lineEnd);
      const end = length < 0 ? program.length : at + length;
      comments.push(program.slice(at + 2, end));
      at = end;
    } else if (program[at] === '"') {
      assert.doesNotMatch(code.at(-1) ?? '', /[@$]/, 'a regular string');
      const [value, end] = readString(program, at + 1);
      strings.push(value);
      code += '""';
      at = end;
    } else {
      assert.ok(
        !program.startsWith('/*', at) && program[at] !== "'",
        `${program.slice(at, at + 20)}`,
      );
      code += program[at];
      at += 1;
    }
  }
  return { strings, comments, code };
}

/** From behind the opening quote to behind the closing one. */
function readString(program: string, start: number): [value: string, end: number] {
  let value = '';
  let at = start;
  for (;;) {
    const character = program[at];
    assert.ok(
      character !== undefined && !lineEnd.test(character),
      'a string that ends on its line',
    );
    if (character === '"') return [value, at + 1];
    if (character !== '\\') {
      value += character;
      at += 1;
      continue;
    }
    const kind = program[at + 1];
    const digits = { u: 4, U: 8 }[kind];
    if (digits === undefined) {
      assert.ok(Object.hasOwn(simpleEscapes, kind), `an escape that is one: \\${kind}`);
      value += simpleEscapes[kind];
      at += 2;
    } else {
      const written = program.slice(at + 2, at + 2 + digits);
      assert.match(written, new RegExp(`^[0-9a-fA-F]{${digits}}$`));
      value += String.fromCodePoint(Number.parseInt(written, 16));
      at += 2 + digits;
    }
  }
}
