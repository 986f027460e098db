import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { Analyses } from '../../sidecar/language/analysis.ts';
import { completions } from '../../sidecar/language/completion.ts';
import { DataKnowledge } from '../../sidecar/language/data-knowledge.ts';
import { diagnosticsOf } from '../../sidecar/language/diagnostics.ts';
import { hover } from '../../sidecar/language/hover.ts';
import { codeLenses, LensPlacesKeeper } from '../../sidecar/language/lenses.ts';
import { liveNotes } from '../../sidecar/language/notes.ts';
import { documentSymbols } from '../../sidecar/language/symbols.ts';
import { batchNormStatistics, hostWith, runOf, trainingVariant } from './fixtures.ts';

const uri = 'file:///net.bn.yaml';
const examples = globSync(join(import.meta.dirname, '../../examples/*.bn.yaml')).map((path) =>
  readFileSync(path, 'utf8'),
);
const host = hostWith({
  layerStatistics: () => [batchNormStatistics],
  run: () => runOf([trainingVariant('base', 5, 10)]),
});

/** Everything that is asked about a document while someone types in it. */
function askEverything(text: string, offset: number): void {
  const document = TextDocument.create(uri, 'batchnorm', 1, text);
  const position = document.positionAt(offset);
  const analysis = new Analyses(new DataKnowledge(host)).of(document);
  hover(analysis, position, uri, host);
  diagnosticsOf(analysis, host);
  documentSymbols(analysis);
  liveNotes(analysis.file, uri, host);
  codeLenses(uri, new LensPlacesKeeper().of(uri, analysis.file), host.run(uri));
  for (const { textEdit } of completions(text, position, analysis.file)) {
    assert.ok(textEdit && 'range' in textEdit);
    const { start, end } = textEdit.range;
    assert.equal(start.line, position.line);
    assert.ok(start.character >= 0 && start.character <= position.character);
    assert.equal(
      document.offsetAt(end),
      document.offsetAt(position) + end.character - position.character,
    );
  }
}

test('there are examples to try', () => assert.ok(examples.length >= 3));

test('no cursor in any prefix of an example makes a feature fail', () => {
  const cases = fc
    .constantFrom(...examples)
    .chain((text) => fc.tuple(fc.constant(text), fc.nat(text.length), fc.nat(text.length)));
  fc.assert(
    fc.property(cases, ([text, length, cursor]) => {
      askEverything(text.slice(0, length), Math.min(cursor, length));
    }),
    { numRuns: 150 },
  );
});

test('no cursor in the indentation of a line makes a feature fail', () => {
  for (const text of examples) {
    for (const { index, 0: indentation } of text.matchAll(/^ +/gm)) {
      for (let column = 0; column <= indentation.length; column++) {
        askEverything(text, index + column);
      }
    }
  }
});

test('no text typed into an example makes a feature fail', () => {
  const punctuation = fc.constantFrom(
    ...'-:{}[],#"\'&*!|>%@`\t \n$\\'.split(''),
    '- ',
    ': ',
    '\r\n',
    'é',
    '😀',
  );
  const typed = fc.array(punctuation, { maxLength: 6 }).map((parts) => parts.join(''));
  const cases = fc
    .constantFrom(...examples)
    .chain((text) => fc.tuple(fc.constant(text), fc.nat(text.length), typed));
  fc.assert(
    fc.property(cases, ([text, at, inserted]) => {
      askEverything(text.slice(0, at) + inserted + text.slice(at), at + inserted.length);
    }),
    { numRuns: 150 },
  );
});

test('a long line without a colon costs no more than its length', () => {
  for (const filler of [' ', 'a ', '"', "'", '{', '- ', '# ', 'a:']) {
    askEverything(`train:\n  a${filler.repeat(20_000)}`, 20_000);
  }
});
