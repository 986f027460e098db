/** A batch normalization as PyTorch, Keras and ONNX write it, on hover and for the clipboard. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import {
  type CodeAction,
  type CodeActionContext,
  CodeActionRequest,
} from 'vscode-languageserver/node';
import { pythonNumber, snippetsOf } from '../../sidecar/language/conventions.ts';
import { connect } from './client.ts';
import { hostWith, marked } from './fixtures.ts';

const uri = 'file:///net.bn.yaml';
const usual = {
  kind: 'batchnorm',
  momentum: 0.1,
  epsilon: 1e-5,
  learningRate: 1,
  state: 'train',
  statistics: 'moving',
} as const;
const onnx = (epsilon: string, momentum: string) =>
  `helper.make_node("BatchNormalization", ["X", "scale", "B", "input_mean", "input_var"], ["Y"], epsilon=${epsilon}, momentum=${momentum}, training_mode=0)  # input_var divides by N where ONNX trains`;

test('momentum is turned round for Keras and ONNX, and the rank chooses PyTorch’s layer', () => {
  assert.deepEqual(snippetsOf(usual, [100]), [
    {
      framework: 'PyTorch',
      text: 'nn.BatchNorm1d(100, eps=1e-05, momentum=0.1)  # running_var divides by N - 1',
    },
    {
      framework: 'Keras',
      text: 'keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-05)  # moving_variance divides by N',
    },
    { framework: 'ONNX', text: onnx('1e-05', '0.9') },
  ]);
  const texts = snippetsOf({ ...usual, momentum: 0.01, epsilon: 1e-3 }, [16, 28, 28]);
  assert.deepEqual(
    texts.map(({ text }) => text),
    [
      'nn.BatchNorm2d(16, eps=0.001, momentum=0.01)  # running_var divides by N - 1',
      'keras.layers.BatchNormalization(momentum=0.99, epsilon=0.001)  # moving_variance divides by N',
      onnx('0.001', '0.99'),
    ],
  );
  assert.equal(
    snippetsOf(usual, [4, 9])[0].text,
    'nn.BatchNorm1d(4, eps=1e-05, momentum=0.1)  # running_var divides by N - 1',
  );
});

test('without a shape there is no layer of PyTorch’s to name', () => {
  assert.deepEqual(
    snippetsOf(usual, null).map(({ framework }) => framework),
    ['Keras', 'ONNX'],
  );
});

test('numbers are as Python writes them', (context) => {
  const numbers = [1e-5, 1e-4, 0.00012, 1.5e-7, 1e-10, 0.1, 0.999, 1, 0, 2.5e-5, 1e-300];
  const script =
    'import sys, json; print(json.dumps([repr(float(x)) for x in json.load(sys.stdin)]))';
  const { status, stdout } = spawnSync('python3', ['-c', script], {
    input: JSON.stringify(numbers),
    encoding: 'utf8',
  });
  if (status !== 0) return context.skip('needs python3');
  assert.deepEqual(numbers.map(pythonNumber), JSON.parse(stdout));
});

async function hoverAt(text: string): Promise<string> {
  const client = await connect(hostWith());
  const { text: bare, position } = marked(text);
  const known = client.nextDiagnostics(uri);
  await client.open(uri, bare);
  await known;
  await client.nextDiagnostics(uri);
  const answer = await client.hover(uri, position);
  client.dispose();
  return answer ?? '';
}

test('the hover of a batchnorm ends in how others write it, and which variance they keep', async () => {
  const sections = (
    await hoverAt('data: mnist\nnetwork: [dense: 100, batch|norm, dense: 10]\n')
  ).split('\n\n');
  assert.deepEqual(sections.slice(-3), [
    '**The same elsewhere**',
    `\`\`\`python
# PyTorch
nn.BatchNorm1d(100, eps=1e-05, momentum=0.1)  # running_var divides by N - 1
# Keras
keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-05)  # moving_variance divides by N
# ONNX
${onnx('1e-05', '0.9')}
\`\`\``,
    '`momentum` is the weight of the new batch in PyTorch and here, `0.1`; that of the old value in Keras and ONNX, `0.9`. All normalize by the biased variance of the batch (divided by m). Into the running one PyTorch takes the unbiased variance (divided by m - 1), as is done here; Keras 3 and ONNX take the biased one, smaller by 1.67 % at m = 60. Keras on TensorFlow 2 took the unbiased one for images.',
  ]);
});

test('an image has many values a channel; states and exact statistics are said too', async () => {
  const images = (options: string) =>
    `data: mnist\nnetwork:\n  - conv2d: { filters: 4, kernel: 3, padding: same }\n  - batch|norm: ${options}\n  - dense: 10\n`;
  const exact = await hoverAt(images('{ statistics: exact }'));
  assert.match(exact, /nn\.BatchNorm2d\(4, /);
  assert.match(exact, /at m = 47,040\./);
  assert.match(exact, /`statistics: exact` is `torch\.optim\.swa_utils\.update_bn\(/);
  assert.match(await hoverAt(images('{ state: freeze }')), /`trainable=False` in Keras\.$/);
  assert.match(await hoverAt(images('{ state: freeze-statistics }')), /`training=False` in Keras/);
});

test('other layers are not translated', async () => {
  assert.doesNotMatch(await hoverAt('data: mnist\nnetwork: [de|nse: 10]\n'), /elsewhere/);
});

/** Titles and arguments of what is offered at the `|`. */
async function offered(
  text: string,
  context: Partial<CodeActionContext> = {},
): Promise<[string, string][]> {
  const client = await connect(hostWith());
  const { text: bare, position } = marked(text);
  const known = client.nextDiagnostics(uri);
  await client.open(uri, bare);
  await known;
  await client.nextDiagnostics(uri);
  const actions = (await client.connection.sendRequest(CodeActionRequest.type, {
    textDocument: { uri },
    range: { start: position, end: position },
    context: { diagnostics: [], ...context },
  })) as CodeAction[];
  client.dispose();
  return actions.map(({ title, command }) => {
    assert.equal(command?.command, 'batchnorm.copySnippet');
    const [{ text, framework }] = command!.arguments!;
    assert.equal(title, `Copy as ${framework}`);
    return [title, text];
  });
}

const block = (line: string) => `data: mnist\nnetwork:\n  - dense: 8\n${line}\n  - dense: 10\n`;

test('on a batchnorm’s line its snippets can be copied', async () => {
  const titles = ['Copy as PyTorch', 'Copy as Keras', 'Copy as ONNX'];
  for (const line of [
    '|  - batchnorm',
    '  - batch|norm',
    '  - batchnorm: { momentum: 0.1 } # a|',
  ]) {
    assert.deepEqual(
      (await offered(block(line))).map(([title]) => title),
      titles,
      line,
    );
  }
  const [[, text]] = await offered(block('  - batchnorm:\n      mo|mentum: 0.25'));
  assert.equal(text, 'nn.BatchNorm1d(8, eps=1e-05, momentum=0.25)  # running_var divides by N - 1');
});

test('of several on a line the one under the cursor is meant; elsewhere nothing is offered', async () => {
  const line = (inside: string) => `data: mnist\nnetwork: [${inside}, dense: 10]\n`;
  const two = (a: string, b: string) => line(`dense: 4, batch${a}norm, dense: 5, batch${b}norm`);
  assert.match((await offered(two('', '|')))[0][1], /BatchNorm1d\(5,/);
  assert.match((await offered(two('|', '')))[0][1], /BatchNorm1d\(4,/);
  assert.deepEqual(await offered(line('den|se: 4, batchnorm, dense: 5, batchnorm')), []);
  assert.deepEqual(await offered('data: mnist\nnetwork: [dense: 1|0]\n'), []);
});

test('who asks for quick fixes is not offered copies', async () => {
  assert.deepEqual(await offered(block('  - batch|norm'), { only: ['quickfix'] }), []);
  assert.equal((await offered(block('  - batch|norm'), { only: ['refactor'] })).length, 3);
});
