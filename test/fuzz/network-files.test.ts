/** Network files that were broken at random, always in the same way: the reader and the language features answer to every one. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { Analyses } from '../../sidecar/language/analysis.ts';
import { DataKnowledge } from '../../sidecar/language/data-knowledge.ts';
import { diagnosticsOf } from '../../sidecar/language/diagnostics.ts';
import { hover } from '../../sidecar/language/hover.ts';
import { documentSymbols } from '../../sidecar/language/symbols.ts';
import { checkNetworkFile } from '../../sidecar/network/resolve.ts';
import { seededRandom } from '../../sidecar/random.ts';
import { hostWith, mnistSummary } from '../language/fixtures.ts';
import { Bounds, count } from './bounds.ts';
import { mutateText } from './mutate-text.ts';

const examples = globSync(join(import.meta.dirname, '../../examples/*.bn.yaml'))
  .sort()
  .map((path) => readFileSync(path, 'utf8'));

test(`${count} mutated network files are answered in every way`, () => {
  const random = seededRandom(1, 'fuzz', 'network files');
  const host = hostWith();
  const bounds = new Bounds();
  for (let index = 0; index < count; index += 1) {
    const text = mutateText(examples[index % examples.length], examples, random);
    const cursor = random.below(text.length + 1);
    bounds.begin();
    const document = TextDocument.create('file:///net.bn.yaml', 'batchnorm', index, text);
    const analysis = new Analyses(new DataKnowledge(host)).of(document);
    checkNetworkFile(analysis.file, mnistSummary);
    diagnosticsOf(analysis, host);
    documentSymbols(analysis);
    hover(analysis, document.positionAt(cursor), document.uri, host);
    bounds.end(`network file ${index}`);
  }
  bounds.checkMemory();
});
