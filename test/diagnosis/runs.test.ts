/** Real runs, seeded and small: each kind of finding in one that has the trouble, and none of it in its healthy twin. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { FindingKind } from '../../sidecar/protocol/findings.ts';
import { diagnosed } from './train.ts';

const moons = 'data: { moons: { examples: 400, noise: 0.1 } }';
const spirals = 'data: { spirals: { examples: 600, classes: 3 } }';

/** What is written of a network, and how the trouble and its absence differ in it. */
interface Pair {
  readonly kind: FindingKind;
  readonly name: string;
  readonly text: string;
  /** Puts the healthy word in the place of the other. */
  readonly cure: readonly [string, string];
  readonly layer: RegExp;
  readonly says: RegExp;
}

const pairs: readonly Pair[] = [
  {
    kind: 'evaluation-gap',
    name: 'running averages far too slow for the run',
    text: `${moons}
network: [dense: 16, batchnorm: { momentum: 0.001 }, relu, dense: 16, batchnorm, relu, dense: 2]
initialization: { gaussian: 3 }
train: { learningRate: 0.2, batchSize: 50, steps: 300 }`,
    cure: ['0.001', '0.1'],
    layer: /^batchnorm1$/,
    says: /with momentum 0\.001 they still hold \d/,
  },
  {
    kind: 'noisy-statistics',
    name: 'batches of four',
    text: `${spirals}
network: [dense: 32, batchnorm, relu, dense: 32, batchnorm, relu, dense: 3]
train: { learningRate: 0.1, batchSize: 4, steps: 500 }`,
    cure: ['batchSize: 4', 'batchSize: 60'],
    layer: /^batchnorm[12]$/,
    says: /4 independent values a channel would give 81\.6 % and 50\.0 %/,
  },
  {
    kind: 'drifting-layer',
    name: 'sigmoids above each other without normalization',
    text: `${spirals}
network: [dense: 24, sigmoid, dense: 24, sigmoid, dense: 24, sigmoid, dense: 3]
train: { learningRate: 1, batchSize: 50, steps: 600 }`,
    cure: ['dense: 24, sigmoid, dense: 24, sigmoid, dense: 24, sigmoid', 'dense: 24, sigmoid'],
    layer: /^dense[123]$/,
    says: /^From step \d/,
  },
  {
    kind: 'drifting-layer',
    name: 'running averages too slow for a layer that moves',
    text: `${spirals}
network: [dense: 24, batchnorm: { momentum: 0.01 }, sigmoid, dense: 24, batchnorm: { momentum: 0.01 }, sigmoid, dense: 3]
train: { learningRate: 0.05, batchSize: 50, steps: 600, optimizer: adam }`,
    cure: ['momentum: 0.01', 'momentum: 0.1'],
    layer: /^batchnorm[12]$/,
    says: /the running averages are 100 steps old/,
  },
  {
    kind: 'dead-units',
    name: 'a learning rate that kills rectifiers',
    text: `${moons}
network: [dense: 16, relu, dense: 16, relu, dense: 2]
train: { learningRate: 0.5, batchSize: 50, steps: 300, optimizer: adam }`,
    cure: ['0.5', '0.005'],
    layer: /^relu[12]$/,
    says: /of 16 units \(\d/,
  },
  {
    kind: 'dead-units',
    name: 'weight decay that takes gamma away',
    text: `${moons}
network: [dense: 16, batchnorm, relu, dense: 16, batchnorm, relu, dense: 2]
train: { learningRate: 0.5, batchSize: 50, steps: 600, optimizer: { sgd: { weightDecay: 0.05 } } }`,
    cure: ['weightDecay: 0.05', 'weightDecay: 0.0005'],
    layer: /^batchnorm1$/,
    says: /have a gamma within/,
  },
  {
    kind: 'saturation',
    name: 'large weights before a sigmoid',
    text: `${moons}
network: [dense: 16, sigmoid, dense: 16, sigmoid, dense: 2]
initialization: { gaussian: 5 }
train: { learningRate: 0.2, batchSize: 50, steps: 300 }`,
    cure: [
      '[dense: 16, sigmoid, dense: 16, sigmoid',
      '[dense: 16, batchnorm, sigmoid, dense: 16, batchnorm, sigmoid',
    ],
    layer: /^sigmoid1$/,
    says: /of its inputs have a derivative below a tenth/,
  },
];

for (const { kind, name, text, cure, layer, says } of pairs) {
  test(`${kind}: ${name}`, async () => {
    const ill = (await diagnosed(text)).told.filter((each) => each.kind === kind);
    const finding = ill.find((each) => says.test(each.measured));
    assert.ok(finding, `expected ${says}, found ${ill.map(({ measured }) => measured).join('\n')}`);
    assert.match(finding.layer ?? '', layer);
    assert.ok(text.includes(cure[0]), cure[0]);
    assert.deepEqual((await diagnosed(text.replaceAll(cure[0], cure[1]))).told, []);
  });
}

describe('examples are well', () => {
  const examples = join(import.meta.dirname, '../../examples');
  for (const [name, steps] of [
    ['iris', null],
    ['csv', null],
    ['mnist', 360],
    ['mnist-conv', 30],
    ['residual', 30],
  ] as const) {
    test(`${name}${steps === null ? '' : `, its first ${steps} steps`}`, async () => {
      const text = await readFile(join(examples, `${name}.bn.yaml`), 'utf8');
      const interval = steps === null ? '' : `\n  evaluateEvery: ${Math.floor(steps / 10)}`;
      const { told, variant } = await diagnosed(text.replace('\ntrain:', `\ntrain:${interval}`), {
        folder: examples,
        steps: steps ?? undefined,
      });
      assert.equal(variant.state, 'finished');
      assert.ok(variant.probes.length >= 10, `${variant.probes.length} probes`);
      assert.deepEqual(told, []);
    });
  }
});
