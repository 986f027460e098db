import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CodeAction,
  CodeActionKind,
  CodeActionRequest,
  type Diagnostic,
  DiagnosticSeverity,
} from 'vscode-languageserver/node';
import type { LanguageHost } from '../../sidecar/language/host.ts';
import type { DataSummary } from '../../sidecar/network/types.ts';
import { type Client, connect } from './client.ts';
import { hostWith, mnistSummary } from './fixtures.ts';

const uri = 'file:///net.bn.yaml';
const good = 'data: mnist\nnetwork:\n  - dense: 100\n  - batchnorm\n  - dense: 10\n';

async function withClient(host: LanguageHost, use: (client: Client) => Promise<void>) {
  const client = await connect(host);
  try {
    await use(client);
  } finally {
    client.dispose();
  }
}

/** What an open file is told before and after its data is known. */
async function diagnose(text: string, host = hostWith()): Promise<[Diagnostic[], Diagnostic[]]> {
  let found: [Diagnostic[], Diagnostic[]] = [[], []];
  await withClient(host, async (client) => {
    const before = client.nextDiagnostics(uri);
    await client.open(uri, text);
    const first = (await before).diagnostics;
    found = [first, (await client.nextDiagnostics(uri)).diagnostics];
  });
  return found;
}

/** The text under a diagnostic, which is on one line. */
function underlined(text: string, { range }: Diagnostic): string {
  assert.equal(range.start.line, range.end.line);
  return text.split('\n')[range.start.line].slice(range.start.character, range.end.character);
}

test('a good file has no problems', async () => {
  assert.deepEqual(await diagnose(good), [[], []]);
});

test('an unknown layer is said at once, where it stands', async () => {
  const text = good.replace('batchnorm', 'batchnrm');
  const [[diagnostic, ...others]] = await diagnose(text);
  assert.deepEqual(others, []);
  assert.equal(underlined(text, diagnostic), 'batchnrm');
  assert.equal(diagnostic.source, 'BatchNorm');
  assert.equal(diagnostic.code, 'unknown-layer');
  assert.equal(diagnostic.severity, DiagnosticSeverity.Error);
  assert.match(String(diagnostic.message), /did you mean "batchnorm"\?/);
});

test('what does not fit the data is said once the data is known', async () => {
  const text = good.replace('dense: 10\n', 'dense: 9\n');
  const [before, after] = await diagnose(text);
  assert.deepEqual(before, []);
  assert.equal(after.length, 1);
  assert.match(String(after[0].message), /MNIST has 10 classes/);
});

test('what only a variant has wrong names the variant; what the base has wrong is said once', async () => {
  const variants = (train: string) =>
    `variants:\n  small: { train: { batchSize: 1 } }\n  other:\n    train: ${train}\n`;
  const [, onlyVariant] = await diagnose(good + variants('{ steps: 50 }'));
  assert.equal(onlyVariant.length, 1);
  assert.match(String(onlyVariant[0].message), /^variant small: .*batch/);

  const text = good.replace('dense: 10\n', 'dense: 9\n') + variants('{ steps: 50 }');
  const messages = (await diagnose(text))[1].map(({ message }) => String(message));
  assert.equal(messages.filter((message) => message.includes('10 classes')).length, 1);
});

test('what stands behind an error of the base is not blamed on a variant that does not have that error', async () => {
  const text = `data: mnist
network:
  - dense: { units: 8, bias: nonsense, name: broken }
  - dense: 16
  - batchnorm: { momentum: 0.9 }
  - dense: 10
variants:
  without: { remove: broken }
`;
  const messages = (await diagnose(text))[1].map(({ message }) => String(message));
  assert.equal(messages.filter((message) => /momentum is the weight/.test(message)).length, 1);
  assert.deepEqual(
    messages.filter((message) => message.startsWith('variant')),
    [],
  );
});

test('data that cannot be read is said on the data', async () => {
  const text = `${good.slice(good.indexOf('network'))}data:\n  csv: { path: a.csv, label: x }\n`;
  const message = 'a.csv: expected a column "x", found "y" and "z"';
  const host = hostWith({ describeData: () => Promise.reject(new Error(message)) });
  const [before, after] = await diagnose(text, host);
  assert.deepEqual(before, []);
  assert.deepEqual(
    after.map((diagnostic) => ({ ...diagnostic, range: underlined(text, diagnostic) })),
    [
      {
        range: 'csv: { path: a.csv, label: x }',
        severity: DiagnosticSeverity.Error,
        code: 'data',
        source: 'BatchNorm',
        message,
      },
    ],
  );
});

test('a host that throws outright is a problem of the data, not of the server', async () => {
  const host = hostWith({
    describeData: () => {
      throw new Error('no such folder');
    },
  });
  const [, [diagnostic]] = await diagnose(good, host);
  assert.equal(diagnostic.message, 'no such folder');
});

test('without trust nothing is said of the data; granted, the file is diagnosed again', async () => {
  let trusted = false;
  const host = hostWith({ describeData: async () => (trusted ? mnistSummary : null) });
  await withClient(host, async (client) => {
    const published = client.nextDiagnostics(uri);
    await client.open(uri, good.replace('dense: 10\n', 'dense: 9\n'));
    await published;
    assert.deepEqual((await client.nextDiagnostics(uri)).diagnostics, []);
    trusted = true;
    const again = client.nextDiagnostics(uri);
    client.features.refresh();
    await again;
    assert.equal((await client.nextDiagnostics(uri)).diagnostics.length, 1);
  });
});

test('a closed file has no problems left', async () => {
  await withClient(hostWith(), async (client) => {
    await client.open(uri, 'nonsense');
    const closed = client.nextDiagnostics(uri);
    await client.close(uri);
    // What opening has published may still be on its way.
    let { diagnostics } = await closed;
    if (diagnostics.length > 0) ({ diagnostics } = await client.nextDiagnostics(uri));
    assert.deepEqual(diagnostics, []);
  });
});

/** A host whose answers about data the test gives by path, in any order. */
function slowHost() {
  const asked: { path: string; answer: (summary: DataSummary) => void }[] = [];
  const host = hostWith({
    describeData: (source) =>
      new Promise((answer) => {
        asked.push({ path: source.kind === 'csv' ? source.path : source.kind, answer });
      }),
  });
  return { asked, host };
}

const csv = (path: string) => `data:\n  csv: { path: ${path}, label: x }\nnetwork:\n  - dense: 9\n`;

test('a path being typed is read when the typing rests, and only as it then is', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { asked, host } = slowHost();
  await withClient(host, async (client) => {
    const type = async (path: string) => {
      const published = client.nextDiagnostics(uri);
      await (asked.length === 0 ? client.open : client.edit)(uri, csv(path));
      await published;
    };
    await type('a');
    await type('a.');
    t.mock.timers.tick(399);
    await type('a.csv');
    t.mock.timers.tick(399);
    assert.deepEqual(
      asked.map(({ path }) => path),
      ['a'],
    );
    t.mock.timers.tick(1);
    assert.deepEqual(
      asked.map(({ path }) => path),
      ['a', 'a.csv'],
    );
    // The answer to an older question comes last and counts for nothing.
    const news = client.nextDiagnostics(uri);
    asked[1].answer(mnistSummary);
    const { version, diagnostics } = await news;
    assert.equal(version, 3);
    assert.equal(diagnostics.length, 1);
    asked[0].answer({ ...mnistSummary, classes: mnistSummary.classes!.slice(0, 9) });
    const retyped = client.nextDiagnostics(uri);
    await client.edit(uri, `${csv('a.csv')}# done\n`);
    assert.equal((await retyped).diagnostics.length, 1);
    assert.equal(asked.length, 2);
  });
});

test('editing what is not data reads nothing again', async () => {
  const { asked, host } = slowHost();
  await withClient(host, async (client) => {
    await client.open(uri, good);
    const next = client.nextDiagnostics(uri);
    await client.edit(uri, `${good}# more\n`);
    await next;
    const known = client.nextDiagnostics(uri);
    asked[0].answer(mnistSummary);
    await known;
    assert.equal(asked.length, 1);
  });
});

test('a known pitfall leads to a page about it, and carries what would put it right', async () => {
  const text = good.replace('batchnorm', 'batchnorm: { momentum: 0.9 }');
  const [, [{ codeDescription, data }]] = await diagnose(text);
  assert.deepEqual(codeDescription, { href: 'https://github.com/pytorch/examples/issues/289' });
  const range = { start: { line: 3, character: 27 }, end: { line: 3, character: 30 } };
  assert.deepEqual(data, {
    fixes: [{ title: 'Change to 0.1', edits: [{ range, newText: '0.1' }] }],
  });
});

test('of several fixes the first is preferred; a diagnostic of somebody else has none', async () => {
  const text = `${good}train: { steps: 20 }\n`;
  const [, diagnostics] = await diagnose(text);
  await withClient(hostWith(), async (client) => {
    await client.open(uri, text);
    const ask = async (some: Diagnostic[]) =>
      (await client.connection.sendRequest(CodeActionRequest.type, {
        textDocument: { uri },
        range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
        context: { diagnostics: some },
      })) as CodeAction[];
    assert.deepEqual(
      (await ask(diagnostics)).map(({ title, isPreferred }) => [title, isPreferred]),
      [
        ['Set momentum: 0.21', true],
        ['Set statistics: exact', false],
      ],
    );
    assert.deepEqual(await ask(diagnostics.map((each) => ({ ...each, source: 'other' }))), []);
  });
});

async function fixes(text: string): Promise<{ title: string; text: string }[]> {
  const [, diagnostics] = await diagnose(text);
  let actions: CodeAction[] = [];
  await withClient(hostWith(), async (client) => {
    await client.open(uri, text);
    actions = (await client.connection.sendRequest(CodeActionRequest.type, {
      textDocument: { uri },
      range: diagnostics[0].range,
      context: { diagnostics, only: [CodeActionKind.QuickFix] },
    })) as CodeAction[];
  });
  return actions.map(({ title, edit }) => {
    const [{ range, newText }] = edit!.changes![uri];
    const lines = text.split('\n');
    const { line, character } = range.start;
    lines[line] =
      lines[line].slice(0, character) + newText + lines[line].slice(range.end.character);
    return { title, text: lines.join('\n') };
  });
}

test('a misspelt word can be put right', async () => {
  assert.deepEqual(await fixes(good.replace('batchnorm', 'batchnrm')), [
    { title: 'Change to batchnorm', text: good },
  ]);
});

test('a misspelt field can be put right', async () => {
  const train = 'train:\n  learningRate: 0.5\n';
  assert.deepEqual(await fixes(good + train.replace('learningRate', 'learning_rate')), [
    { title: 'Change to learningRate', text: good + train },
  ]);
});

test('a momentum of the other convention can be turned into ours', async () => {
  const withMomentum = (momentum: string) =>
    good.replace('batchnorm', `batchnorm: { momentum: ${momentum} }`);
  assert.deepEqual(await fixes(withMomentum('0.9')), [
    { title: 'Change to 0.1', text: withMomentum('0.1') },
  ]);
});
