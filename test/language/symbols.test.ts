import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DocumentSymbol, DocumentSymbolRequest, type Range } from 'vscode-languageserver/node';
import { connect } from './client.ts';
import { hostWith } from './fixtures.ts';

const uri = 'file:///net.bn.yaml';

async function symbolsOf(text: string): Promise<DocumentSymbol[]> {
  const client = await connect(hostWith());
  const opened = client.nextDiagnostics(uri);
  await client.open(uri, text);
  await opened;
  const textDocument = { uri };
  const symbols = await client.connection.sendRequest(DocumentSymbolRequest.type, { textDocument });
  client.dispose();
  return symbols as DocumentSymbol[];
}

/** The outline as indented lines `name (detail)`. */
function outline(symbols: readonly DocumentSymbol[], indent = ''): string[] {
  return symbols.flatMap(({ name, detail, children }) => [
    `${indent}${name}${detail ? ` (${detail})` : ''}`,
    ...outline(children ?? [], `${indent}  `),
  ]);
}

const text = `# A comment.
network:
  - dense: 100
  - batchnorm
  - dense:
      units: 10
      name: out
data: mnist
loss: softmax-cross-entropy
initialization: { gaussian: 0.1 }
train:
  steps: 5
variants:
  without-batchnorm:
    remove: batchnorm
`;

test('the outline is the file: fields in their order, layers with shapes, variants', async () => {
  assert.deepEqual(outline(await symbolsOf(text)), [
    'network',
    '  dense1 (100)',
    '  batchnorm1 (100)',
    '  out (10)',
    'data (mnist)',
    'loss (softmax-cross-entropy)',
    'initialization (gaussian)',
    'train',
    'variants',
    '  without-batchnorm',
  ]);
});

test('a grid is one symbol', async () => {
  const symbols = await symbolsOf(
    'data: mnist\nnetwork: [dense: 10]\nvariants:\n  g: { grid: { seed: [1, 2, 3] } }\n  h: {}\n',
  );
  assert.deepEqual(outline(symbols).slice(-2), ['  g (3 variants)', '  h']);
});

test('a symbol spans its whole entry and selects its word', async () => {
  const [network] = await symbolsOf(text);
  const out = network.children?.[2];
  assert.deepEqual(out?.selectionRange, {
    start: { line: 4, character: 4 },
    end: { line: 4, character: 9 },
  });
  assert.deepEqual(out?.range, {
    start: { line: 4, character: 4 },
    end: { line: 6, character: 15 },
  });
  assert.deepEqual(network.range, {
    start: { line: 1, character: 0 },
    end: { line: 6, character: 15 },
  });
});

test('containers hold their layers, branches each their own, copies are counted', async () => {
  const nested = `data: mnist
network:
  - concat:
      - - conv2d: { filters: 4, kernel: 3, padding: same }
        - batchnorm
      - []
  - repeat:
      times: 3
      layers:
        - residual: { name: block, layers: [batchnorm] }
  - dense: 10
`;
  const symbols = await symbolsOf(nested);
  assert.deepEqual(outline(symbols), [
    'data (mnist)',
    'network',
    '  concat1 (5 × 28 × 28)',
    '    branch 1',
    '      conv2d1 (4 × 28 × 28)',
    '      batchnorm1 (4 × 28 × 28)',
    '    branch 2',
    '  repeat1 (3 times)',
    '    block-1 (5 × 28 × 28 · 3 copies)',
    '      batchnorm2 (5 × 28 × 28 · 3 copies)',
    '  dense1 (10)',
  ]);
  assertWellFormed(symbols);
  const branch = symbols[1].children?.[0].children?.[0];
  assert.deepEqual(branch?.range, {
    start: { line: 3, character: 8 },
    end: { line: 4, character: 19 },
  });
});

/** What a client demands of symbols, else it refuses them all. */
function assertWellFormed(symbols: readonly DocumentSymbol[]): void {
  const before = (a: Range['start'], b: Range['start']) =>
    a.line < b.line || (a.line === b.line && a.character <= b.character);
  for (const { name, range, selectionRange, children } of symbols) {
    assert.notEqual(name, '');
    assert.ok(before(range.start, selectionRange.start));
    assert.ok(before(selectionRange.end, range.end));
    assertWellFormed(children ?? []);
  }
}

for (const broken of [
  '',
  'just words',
  '- a\n- list\n',
  ': nameless\nnetwork:\n',
  'network:\n  - dense: { units: 3, name: "" }\n  - \n  - [1, 2]\n',
  'network:\n  - den\nvariants:\n  "": {}\n  a\n',
  'network:\n  - concat:\n  - concat: [5, [], [relu, [x]]]\n  - residual: { layers: }\n  - repeat: [1]\n',
  'train: {\n  steps: 5\nnetwork: [dense: 5, batchnorm',
]) {
  test(`the outline of ${JSON.stringify(broken)} is well formed`, async () => {
    assertWellFormed(await symbolsOf(broken));
  });
}
