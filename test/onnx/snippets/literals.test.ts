/** Literals of three languages, read back by each language itself, or by a reader of C#'s own rules. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import type { SnippetFacts } from '../../../sidecar/onnx/snippets/facts.ts';
import { fill, quote } from '../../../sidecar/onnx/snippets/literals.ts';
import { writeSnippet } from '../../../sidecar/onnx/snippets/snippet.ts';
import type { SnippetLanguage } from '../../../sidecar/protocol/onnx.ts';
import { readCsharp } from './csharp-reader.ts';
import { hostileFacts, hostileNames } from './hostile.ts';

/** Any UTF-16, halves of pairs included, and much of what has a meaning in programs. */
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
  fc.array(fc.constantFrom(...hostileNames)).map((names) => names.join('')),
);

/** One of many strings for a process that is started once. */
const drawn = [...hostileNames, ...fc.sample(anything, { numRuns: 500, seed: 1 })];

describe('a string literal', () => {
  test('of JavaScript is the string', () => {
    fc.assert(
      fc.property(anything, (text) => {
        assert.equal(runInNewContext(quote(text, 'javascript')), text.toWellFormed());
      }),
    );
  });

  test('of C# is the string', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const { strings, code } = readCsharp(`x = ${quote(text, 'csharp')};`);
        assert.deepEqual(strings, [text.toWellFormed()]);
        assert.equal(code, 'x = "";');
      }),
    );
  });

  test('of Python is the string', (context) => {
    const script =
      'import ast, json, sys\nprint(json.dumps([ast.literal_eval(each) for each in json.load(sys.stdin)]))';
    const input = JSON.stringify(drawn.map((text) => quote(text, 'python')));
    const result = spawnSync('python3', ['-c', script], { input, encoding: 'utf8' });
    if (result.error !== undefined) return context.skip('needs python3');
    assert.equal(result.status, 0, result.stderr);
    assert.deepEqual(
      JSON.parse(result.stdout),
      drawn.map((text) => text.toWellFormed()),
    );
  });

  test('is one line without anything that hides or turns around what follows', () => {
    for (const language of ['javascript', 'python', 'csharp'] as const) {
      fc.assert(
        fc.property(anything, (text) => {
          assert.doesNotMatch(quote(text, language), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        }),
      );
    }
  });
});

test('numbers fill lines and each has a comma', () => {
  assert.deepEqual(fill([], '  '), []);
  const items = Array.from({ length: 100 }, (_, index) => String(index ** 3));
  const lines = fill(items, '    ');
  assert.ok(lines.length > 1 && lines.every((line) => line.length <= 96));
  assert.deepEqual(
    lines
      .join(' ')
      .split(/,\s*/)
      .slice(0, -1)
      .map((each) => each.trim()),
    items,
  );
  assert.deepEqual(fill(['x'.repeat(200), 'y'], ''), [`${'x'.repeat(200)},`, 'y,']);
});

describe('a whole program', () => {
  /** All that is neither a literal nor a comment, which no name may change. */
  const codeOf: Readonly<Record<SnippetLanguage, (program: string) => string>> = {
    javascript: (program) => strip(program, '//'),
    python: (program) => strip(program, '#'),
    csharp: (program) => readCsharp(program).code,
  };
  const renamed = (facts: SnippetFacts, name: string): SnippetFacts => ({
    ...facts,
    path: name,
    input: { ...facts.input, name },
    output: { ...facts.output, name },
    labels: facts.labels!.map(() => name),
    featureNames: facts.featureNames!.map(() => name),
  });

  for (const language of ['javascript', 'python', 'csharp'] as const) {
    test(`in ${language} is the same code whatever the names are`, () => {
      const facts = hostileFacts(['a', 'b', 'c']);
      const code = codeOf[language](writeSnippet(facts, language));
      assert.match(code, /InferenceSession/);
      fc.assert(
        fc.property(anything, (name) => {
          const program = writeSnippet(renamed(facts, name), language);
          assert.equal(squeeze(codeOf[language](program)), squeeze(code));
        }),
      );
    });
  }

  test('in C# holds every name, and its brackets close', () => {
    const facts = hostileFacts();
    const { strings, comments, code } = readCsharp(writeSnippet(facts, 'csharp'));
    assert.equal(strings[0], facts.path);
    assert.deepEqual(strings.slice(1, 1 + hostileNames.length), hostileNames);
    assert.ok(strings.includes(facts.input.name) && strings.includes(facts.output.name));
    const told = comments.filter((comment) => comment.startsWith(' "'));
    assert.deepEqual(
      told.map((comment) => readCsharp(comment).strings[0]),
      hostileNames,
    );
    const open: string[] = [];
    const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
    for (const character of code.replace(/=>/g, '').match(/[()[\]{}]/g) ?? []) {
      if (character in pairs) assert.equal(open.pop(), pairs[character]);
      else open.push(character);
    }
    assert.deepEqual(open, []);
  });

  test('in Python has no name in the two lines where an encoding could be declared', () => {
    const facts = renamed(hostileFacts(['a', 'b']), 'coding: latin-1');
    const [first, second] = writeSnippet(facts, 'python').split('\n');
    assert.doesNotMatch(`${first}${second}`, /coding/);
  });
});

/** For JavaScript and Python, whose literals here are in single or double quotes on one line. */
function strip(program: string, comment: string): string {
  return program
    .split('\n')
    .map((line) => {
      const bare = line.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
      const at = bare.indexOf(comment);
      return at < 0 ? bare : bare.slice(0, at);
    })
    .join('\n');
}

/** Longer names fill lines in another way. */
function squeeze(code: string): string {
  return code.replace(/\s+/g, ' ');
}
