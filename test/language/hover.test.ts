import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LanguageHost } from '../../sidecar/language/host.ts';
import type { Finding } from '../../sidecar/protocol/findings.ts';
import { connect } from './client.ts';
import {
  batchNormStatistics,
  gapFinding,
  hostWith,
  marked,
  runOf,
  trainingVariant,
} from './fixtures.ts';

const uri = 'file:///net.bn.yaml';

const network = `data: mnist
network:
  - dense: 100
  - batchnorm
  - sigmoid
  - dense: { units: 10, name: out }
train:
  optimizer: { sgd: { momentum: 0.9 } }
variants:
  without-batchnorm:
    remove: batchnorm
  wide:
    network:
      - dense: 200
      - dense: 10
`;

/** Hover at the `|` of a file that has just been opened. */
async function hoverAt(text: string, host: LanguageHost = hostWith()): Promise<string | null> {
  const client = await connect(host);
  const { text: bare, position } = marked(text);
  await client.open(uri, bare);
  const answer = await client.hover(uri, position);
  client.dispose();
  return answer;
}

function at(word: string, inside = 1): string {
  const index = network.indexOf(word) + inside;
  return `${network.slice(0, index)}|${network.slice(index)}`;
}

function paragraphs(text: string | null): string[] {
  return text?.split('\n\n') ?? [];
}

test('a layer says its shapes and parameters, and what it does', async () => {
  const [heading, facts, description, elsewhere] = paragraphs(await hoverAt(at('batchnorm')));
  assert.equal(heading, '**Batch normalization** `batchnorm1`');
  assert.equal(
    facts,
    'base: input 100 → output 100 · 200 parameters  \nwithout-batchnorm: without this layer',
  );
  assert.match(description, /^Gives every unit mean 0 and variance 1 over the batch/);
  assert.equal(elsewhere, '**The same elsewhere**');
});

test('parameters are told apart by variant where they differ', async () => {
  const [, facts] = paragraphs(await hoverAt(at('dense')));
  assert.equal(
    facts,
    [
      'base: input 1 × 28 × 28 → output 100 · 78,400 parameters  ',
      'without-batchnorm: input 1 × 28 × 28 → output 100 · 78,500 parameters',
    ].join('\n'),
  );
});

test('a layer of a variant with its own network speaks of that variant', async () => {
  const statistics = (variant: string, mean: number) => ({
    variant,
    step: 1,
    state: 'finished' as const,
    outputMean: Float32Array.of(mean),
    meanTrend: [],
    varianceTrend: [],
  });
  const host = hostWith({ layerStatistics: () => [statistics('base', 1), statistics('wide', 2)] });
  const text = await hoverAt(at('dense: 200'), host);
  assert.match(text ?? '', /input 1 × 28 × 28 → output 200 · 157,000 parameters/);
  assert.match(text ?? '', /\| output mean \| 2\.00 \|/);
  assert.doesNotMatch(text ?? '', /\| output mean \| 1\.00 \|/);
});

test('while training, a layer says its statistics with their step', async () => {
  const asked: string[] = [];
  const host = hostWith({
    layerStatistics: (file, layer) => {
      asked.push(`${file} ${layer}`);
      return [batchNormStatistics];
    },
    run: () => runOf([trainingVariant('base', 1240, 2000)], uri),
  });
  const text = (await hoverAt(at('batchnorm'), host)) ?? '';
  assert.deepEqual(asked, [`${uri} batchnorm1`]);
  assert.ok(text.includes('\n\nstep 1,240 of 2,000 · base\n\n| 3 units | median | range |\n'));
  assert.ok(text.includes('\n| batch mean | 0.0200 | -0.100 to 0.300 |\n'));
  assert.ok(text.includes('\n| running variance | 1.01 | 0.600 to 1.50 |\n'));
  assert.ok(text.includes('\n| variance by step | █▅▃▁ | 2.00 → 0.980 |\n\nGives every unit'));
});

test('a layer says what is wrong with it above its statistics, with where to read on', async () => {
  const findings = [gapFinding, { ...gapFinding, layer: 'dense1', title: 'Of another layer' }];
  const host = hostWith({
    layerStatistics: () => [batchNormStatistics],
    run: () =>
      runOf([
        { ...trainingVariant('base', 1240, 2000), findings },
        {
          ...trainingVariant('wide', 9, 9),
          findings: [{ ...gapFinding, title: 'Of another list' }],
        },
      ]),
  });
  const [, , finding, statistics] = paragraphs(await hoverAt(at('batchnorm'), host));
  assert.deepEqual(finding.split('  \n'), [
    '⚠ **Evaluation is worse** · step 1,200 · base',
    'The mean is 2\\.30 deviations away\\. Exports use it\\. Recompute the statistics\\. [pytorch/pytorch\\#4741](https://github.com/pytorch/pytorch/issues/4741)',
  ]);
  assert.equal(statistics, 'step 1,240 of 2,000 · base');
  const others = (await hoverAt(at('batchnorm'), host)) ?? '';
  assert.doesNotMatch(others, /another/);
});

test('what is wrong with the whole network stands where network is hovered, and nowhere else', async () => {
  const whole: Finding = {
    ...gapFinding,
    kind: 'non-finite',
    layer: null,
    title: 'The loss is NaN',
  };
  const variant = { ...trainingVariant('base', 1240, 2000), findings: [whole, gapFinding] };
  const host = hostWith({ run: () => runOf([variant]) });
  const text = (await hoverAt(at('network'), host)) ?? '';
  assert.match(text, /⚠ \*\*The loss is NaN\*\* · step 1,200/);
  assert.doesNotMatch(text, /Evaluation is worse/);
  for (const word of ['batchnorm', 'train']) {
    assert.doesNotMatch((await hoverAt(at(word), host)) ?? '', /The loss is NaN/);
  }
  const many = { ...variant, findings: Array.from({ length: 20 }, () => whole) };
  const crowded = hostWith({ run: () => runOf([many]) });
  assert.match(
    (await hoverAt(at('network'), crowded)) ?? '',
    /and 16 more, which the dashboard has/,
  );
});

test('the next hover says the next step', async () => {
  let step = 10;
  const host = hostWith({ layerStatistics: () => [{ ...batchNormStatistics, step }] });
  const client = await connect(host);
  await client.open(uri, network);
  const position = { line: 3, character: 6 };
  assert.match((await client.hover(uri, position)) ?? '', /\nstep 10 · base\n/);
  step = 11;
  assert.match((await client.hover(uri, position)) ?? '', /\nstep 11 · base\n/);
  client.dispose();
});

test('the momentum of a batchnorm says which meaning is used', async () => {
  const text = await hoverAt(network.replace('- batchnorm', '- batchnorm: { mom|entum: 0.1 }'));
  const [heading, meaning, takes] = paragraphs(text);
  assert.equal(heading, '**Momentum**');
  assert.match(meaning, /Weight of the new batch/);
  assert.match(meaning, /ONNX and Keras mean the weight of the old value/);
  assert.equal(takes, 'takes a number above 0 and at most 1 · default: 0.1');
});

test('a value says what its field means', async () => {
  assert.deepEqual(paragraphs(await hoverAt(at('0.9'))).slice(-1), [
    'takes a number from 0 to below 1 · default: 0',
  ]);
  const [units] = paragraphs(await hoverAt(at('100')));
  assert.equal(units, '**Units**');
});

test('data says how many examples there are', async () => {
  const [heading, , facts] = paragraphs(await hoverAt(at('mnist')));
  assert.equal(heading, '**MNIST**');
  assert.equal(facts, '60,000 training and 10,000 test examples · input 1 × 28 × 28 · 10 classes');
});

test('a variant says how far its training is', async () => {
  const run = runOf([{ ...trainingVariant('without-batchnorm', 50, 2000), testAccuracy: 0.9183 }]);
  const text = await hoverAt(at('without-batchnorm'), hostWith({ run: () => run }));
  const [heading, progress] = paragraphs(text);
  assert.equal(heading, '**Variant** `without-batchnorm`');
  assert.equal(progress, 'training · step 50 of 2,000 · test accuracy 91.8 %');
});

test('what a variant removes is explained, by kind and by name', async () => {
  const [kind] = paragraphs(await hoverAt(at('remove: batchnorm', 10)));
  assert.equal(kind, '**Batch normalization**');
  const [named] = paragraphs(
    await hoverAt(network.replace('remove: batchnorm', 'remove: sig|moid1')),
  );
  assert.equal(named, '**Sigmoid** `sigmoid1`');
});

test('shapes are told up to the layer that does not fit, also when something else is wrong', async () => {
  const broken = network.replace('remove: batchnorm', 'remove: batchnorms');
  const facts = (await paragraphs(await hoverAt(broken.replace('- batch', '- ba|tch'))))[1];
  assert.match(facts, /input 100 → output 100 · 200 parameters/);
});

test('without trust, hover still explains', async () => {
  const host = hostWith({ describeData: async () => null });
  const [heading, facts, description, ...rest] = paragraphs(await hoverAt(at('sigmoid'), host));
  assert.equal(heading, '**Sigmoid** `sigmoid1`');
  assert.equal(facts, 'input 100 → output 100 · 0 parameters');
  assert.match(description, /Flat where its input is large/);
  assert.deepEqual(rest, []);
});

test('names out of a file or a run stay text', async () => {
  const hostile = '[x](command:evil) <img src=x> **b**|`';
  const host = hostWith({
    layerStatistics: () => [
      { ...batchNormStatistics, variant: 'base' },
      { ...batchNormStatistics, variant: 'without-batchnorm', state: 'failed' },
    ],
    run: () =>
      runOf([{ ...trainingVariant('without-batchnorm', 1, 2), state: 'failed', error: hostile }]),
  });
  const text = (await hoverAt(at('batchnorm'), host)) ?? '';
  assert.ok(
    text.includes(
      'without-batchnorm failed: \\[x\\](command\\:evil) \\<img src=x\\> \\*\\*b\\*\\*\\|\\`',
    ),
  );
  const named = await hoverAt(
    'data: mnist\nnetwork:\n  - dense: { units: 10, name: "`</code>[x](command:y)" }\n'.replace(
      'dense',
      'den|se',
    ),
  );
  const [heading] = paragraphs(named);
  assert.equal(heading, '**Dense layer** `` `</code>[x](command:y) ``');
});

test('there is nothing to say between words, in comments and of unknown files', async () => {
  assert.equal(await hoverAt('data: mnist # com|ment\n'), null);
  assert.equal(await hoverAt('|\n'), null);
  assert.equal(await hoverAt('nonsense: 1|2\n'), null);
  const client = await connect(hostWith());
  assert.equal(await client.hover('file:///unopened.bn.yaml', { line: 0, character: 0 }), null);
  client.dispose();
});

const branched = `data: mnist
network:
  - concat:
      - - conv2d: { filters: 4, kernel: 3, padding: same }
        - batchnorm
      - - maxpool: { kernel: 3, stride: 1, padding: same }
  - repeat:
      times: 2
      layers:
        - residual: [conv2d: { filters: 5, kernel: 1, name: mix }, batchnorm]
  - repeat:
      times: 4
      layers:
        - conv2d: { filters: 3, kernel: 3, padding: same }
  - dense: 10
variants:
  without-batchnorm: { remove: batchnorm }
  plain: { remove: [residual, mix] }
`;

function inBranched(word: string, inside = 1): string {
  const index = branched.indexOf(word) + inside;
  return `${branched.slice(0, index)}|${branched.slice(index)}`;
}

test('a layer in a branch says its shapes', async () => {
  const [heading, facts] = paragraphs(await hoverAt(inBranched('maxpool')));
  assert.equal(heading, '**Max pooling** `maxpool1`');
  assert.equal(facts, 'input 1 × 28 × 28 → output 1 × 28 × 28 · 0 parameters');
});

test('a container says what it holds, and of a variant what is left of it', async () => {
  const [heading, facts, description] = paragraphs(await hoverAt(inBranched('concat')));
  assert.equal(heading, '**Branches** `concat1`');
  assert.equal(
    facts,
    'base, plain: 3 layers · output 5 × 28 × 28 · 44 parameters  \nwithout-batchnorm: 2 layers · output 5 × 28 × 28 · 40 parameters',
  );
  assert.match(description, /^Lists of layers that all take the same input/);
});

test('a layer that is repeated speaks of all its copies', async () => {
  const [heading, facts] = paragraphs(await hoverAt(inBranched('conv2d: { filters: 5')));
  assert.equal(heading, '**Convolution over images** `mix-1` to `mix-2` · 2 copies');
  assert.equal(
    facts,
    [
      'base: input 5 × 28 × 28 → output 5 × 28 × 28 · 25 parameters  ',
      'without-batchnorm: input 5 × 28 × 28 → output 5 × 28 × 28 · 30 parameters  ',
      'plain: without this layer',
    ].join('\n'),
  );
});

test('copies that differ are told apart', async () => {
  const [, facts] = paragraphs(await hoverAt(inBranched('conv2d: { filters: 3')));
  const [first] = (facts ?? '').split('  \n');
  assert.equal(
    first,
    '`conv2d4` input 5 × 28 × 28 → output 3 × 28 × 28 · 138 parameters; `conv2d5` and 2 more input 3 × 28 × 28 → output 3 × 28 × 28 · 84 parameters',
  );
});

test('of many copies the statistics of the first and the last are shown', async () => {
  const asked: string[] = [];
  const host = hostWith({
    layerStatistics: (_, layer) => {
      asked.push(layer);
      return [{ ...batchNormStatistics, step: 10 * asked.length }];
    },
  });
  const text = (await hoverAt(inBranched('conv2d: { filters: 3'), host)) ?? '';
  assert.deepEqual(asked, ['conv2d4', 'conv2d7']);
  const shown = ['\n\n`conv2d4`\n\nstep 10 · base\n\n', '\n\n`conv2d7`\n\nstep 20 · base\n\n'];
  const places = shown.map((part) => text.indexOf(part));
  assert.ok(places[0] > 0 && places[1] > places[0], text);
});

test('options inside containers and their words are explained', async () => {
  const text = await hoverAt(branched.replace('padding: same', 'padding: sa|me'));
  assert.equal(paragraphs(text)[0], '**Same padding**');
  const [heading, , takes] = paragraphs(
    await hoverAt(branched.replace('kernel: 1, name', 'ker|nel: 1, name')),
  );
  assert.equal(heading, '**Kernel**');
  assert.equal(takes, 'takes a whole number from 1 to 64, or two as [height, width]');
  const [times] = paragraphs(await hoverAt(branched.replace('times: 4', 'times: |4')));
  assert.equal(times, '**Times**');
});

test('what removes copies of a repeat is explained by the name they share', async () => {
  const [heading] = paragraphs(await hoverAt(branched.replace('residual, mix', 'residual, mi|x')));
  assert.equal(heading, '**Convolution over images** `mix-1` to `mix-2` · 2 copies');
});

test('the keys that decide it say how many parameters there are and how much memory training takes', async () => {
  const batches: number[] = [];
  const host = hostWith({
    memory: ({ train: { batchSize } }) => {
      batches.push(batchSize);
      return 1.5 * 2 ** 20;
    },
  });
  const sized = network.replace('variants:\n', 'variants:\n  small: { train: { batchSize: 7 } }\n');
  for (const key of ['net|work:', 'tra|in:']) {
    const text = await hoverAt(sized.replace(key.replace('|', ''), key), host);
    assert.deepEqual(paragraphs(text).at(-1)?.split('  \n'), [
      'base: 79,610 parameters · 1.50 MiB of memory in batches of 60',
      'small: 79,610 parameters · 1.50 MiB of memory in batches of 7',
      'without-batchnorm: 79,510 parameters · 1.50 MiB of memory in batches of 60',
      'wide: 159,010 parameters · 1.50 MiB of memory in batches of 60',
    ]);
  }
  assert.deepEqual(batches, [60, 7, 60, 60, 60, 7, 60, 60]);
  const own = await hoverAt(sized.replace('small: { train', 'small: { tr|ain'), host);
  assert.equal(paragraphs(own).at(-1), '79,610 parameters · 1.50 MiB of memory in batches of 7');
});

const gridded = `data: mnist
network: [dense: 20, relu, dense: 10]
variants:
  g:
    network: [dense: 30, tanh, dense: 10]
    grid: { learningRate: [0.1, 5x], seed: [1, 2] }
    train: { steps: 50 }
  r: { replace: { relu: sigmoid } }
`;
const inGrid = (word: string, inside = 1) => {
  const index = gridded.indexOf(word) + inside;
  return `${gridded.slice(0, index)}|${gridded.slice(index)}`;
};

test('a grid says what it varies, and once it has run, which variant is best', async () => {
  const [title, facts, text] = paragraphs(await hoverAt(inGrid('  g:', 3)));
  assert.equal(title, '**Grid** `g`');
  assert.equal(facts, '4 variants: learningRate `0.1`, `5x` · seed `1`, `2`');
  assert.match(text, /^Makes this variant stand for many/);
  const run = runOf([
    { ...trainingVariant('g-lr0.1-seed1', 50, 50), state: 'finished', testAccuracy: 0.5 },
    { ...trainingVariant('g-lr5x-seed1', 50, 50), state: 'finished', testAccuracy: 0.75 },
    { ...trainingVariant('base', 50, 50), testAccuracy: 0.9 },
  ]);
  const after = paragraphs(await hoverAt(inGrid('  g:', 3), hostWith({ run: () => run })));
  assert.equal(after[2], '2 of 2 ended · best `g-lr5x-seed1`: 75.0 %');
});

test('layers and settings of a grid are told as those of any variant', async () => {
  assert.equal(paragraphs(await hoverAt(inGrid('tanh')))[1], 'input 30 → output 30 · 0 parameters');
  const asked: number[] = [];
  const memory = () => asked.push(1) * 1024;
  await hoverAt(inGrid('    train', 5), hostWith({ memory }));
  assert.equal(asked.length, 1);
  assert.match((await hoverAt(inGrid('learningRate: ['))) ?? '', /^\*\*Learning rates\*\*/);
});

test('a layer says which variants have another in its place', async () => {
  assert.equal(
    paragraphs(await hoverAt(inGrid('relu')))[1],
    'base: input 20 → output 20 · 0 parameters  \nr: `sigmoid` in its place · input 20 → output 20 · 0 parameters',
  );
});

test('a replacement explains both layers', async () => {
  assert.match((await hoverAt(inGrid('{ relu: sig', 3))) ?? '', /^\*\*ReLU\*\*/);
  assert.match((await hoverAt(inGrid('sigmoid'))) ?? '', /^\*\*Sigmoid\*\*/);
});
