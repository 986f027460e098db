/** The highlighting of network files, judged by VS Code's own tokenizer over its own YAML grammar. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { repository } from './install.ts';
import { vscodeFolder } from './server.ts';

interface Token {
  readonly text: string;
  readonly scopes: string;
}

/** The part of vscode-textmate that is used here. */
interface Textmate {
  Registry: new (options: object) => { loadGrammar(scope: string): Promise<Grammar> };
  parseRawGrammar(text: string, path: string): unknown;
  INITIAL: unknown;
}

interface Grammar {
  tokenizeLine(
    line: string,
    state: unknown,
  ): {
    tokens: { startIndex: number; endIndex: number; scopes: string[] }[];
    ruleStack: unknown;
  };
}

export const grammarTests = {
  async 'layers, sections, choices and multiples are highlighted'() {
    const text = await readFile(join(import.meta.dirname, 'networks/highlight.bn.yaml'), 'utf8');
    const tokens = await tokenize(text);
    const scopes = (word: string) => tokens.find((token) => token.text === word)?.scopes ?? 'none';
    for (const layer of ['batchnorm', 'dense', 'leaky-relu', 'sigmoid'])
      assert.match(scopes(layer), /support\.class\.layer/, layer);
    for (const section of ['data', 'network', 'variants'])
      assert.match(scopes(section), /keyword\.control\.section/, section);
    for (const choice of ['iris', 'adam'])
      assert.match(scopes(choice), /constant\.language\.choice/, choice);
    assert.match(scopes('x'), /keyword\.other\.unit\.multiple/);
    assert.match(scopes('learningRate'), /entity\.name\.tag\.yaml/);
    assert.match(scopes('dense-like'), /string\.unquoted\S*yaml/);
    assert.ok(tokens.some((token) => /- dense$/.test(token.text) && /comment/.test(token.scopes)));
  },
};

async function tokenize(text: string): Promise<Token[]> {
  const vscode = await vscodeFolder();
  const require = createRequire(join(vscode, 'package.json'));
  const textmate: Textmate = require('vscode-textmate');
  const oniguruma = require('vscode-oniguruma');
  const wasm = require.resolve('vscode-oniguruma/release/onig.wasm');
  await oniguruma.loadWASM(await readFile(wasm));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns: string[]) => new oniguruma.OnigScanner(patterns),
      createOnigString: (line: string) => new oniguruma.OnigString(line),
    }),
    async loadGrammar(scope: string) {
      const path = grammarPath(vscode, scope);
      return textmate.parseRawGrammar(await readFile(path, 'utf8'), path);
    },
  });
  const grammar = await registry.loadGrammar('source.batchnorm');
  let state = textmate.INITIAL;
  return text.split('\n').flatMap((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    return tokens.map(({ startIndex, endIndex, scopes }) => ({
      text: line.slice(startIndex, endIndex).trim(),
      scopes: scopes.join(' '),
    }));
  });
}

/** The YAML extension names its files after the versions of YAML: `source.yaml.1.2` is `yaml-1.2.tmLanguage.json`. */
function grammarPath(vscode: string, scope: string): string {
  if (scope === 'source.batchnorm') return join(repository, 'extension/language/grammar.json');
  const name = scope.replace('source.', '').replace('yaml.', 'yaml-');
  return join(vscode, 'extensions', 'yaml', 'syntaxes', `${name}.tmLanguage.json`);
}
