/** Whatever the text: nothing is thrown, ranges lie in the text, and the same text gives the same answer. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { type NetworkFile, type Range, readNetworkFile } from '../../sidecar/network/file.ts';
import { locate } from '../../sidecar/network/locate.ts';
import { checkNetworkFile, resolveVariant } from '../../sidecar/network/resolve.ts';
import { readSource } from '../../sidecar/network/source.ts';
import { iris, mnist } from './summaries.ts';

const read = (name: string) =>
  readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8');
const examples = [read('mnist.bn.yaml'), read('residual.bn.yaml')];

/** Reads and checks a text in every way there is, and that all it says lies in the text. */
function readAll(text: string): void {
  const file = readNetworkFile(text);
  for (const data of [null, mnist, iris]) {
    for (const { range, message } of checkNetworkFile(file, data)) {
      assertInside(range, text);
      assert.notEqual(message, '');
    }
  }
  for (const { range } of [...file.variants, ...file.layers]) assertInside(range, text);
  linesOf(text)
    .slice(0, 30)
    .forEach((content, line) => {
      for (let character = 0; character <= Math.min(content.length, 40); character += 3) {
        const place = locate(file, { line, character });
        if (place) assertInside(place.range, text);
      }
    });
}

/** As editors count them. */
function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

function assertInside({ start, end }: Range, text: string): void {
  const lines = linesOf(text);
  assert.ok(start.line <= end.line, `${JSON.stringify({ start, end })} runs backwards`);
  for (const { line, character } of [start, end]) {
    const length = lines[line]?.length ?? -1;
    assert.ok(character >= 0 && character <= length, `${line}:${character} is not in the text`);
  }
}

/** Pieces that YAML and the schema give a meaning to. */
const pieces = fc.constantFrom(
  ...[
    '\n',
    '\n  ',
    '\n    ',
    '\n  - ',
    ': ',
    ', ',
    '{',
    '}',
    '[',
    ']',
    '#',
    '"',
    "'",
    '|',
    '>',
    '\t',
  ],
  ...[
    '&a ',
    '*a',
    '!!set ',
    '<<: *a',
    '? ',
    '---',
    '...',
    '%YAML 1.1',
    '\r\n',
    '\u0000',
    '\u{1F600}',
  ],
  ...['data', 'network', 'train', 'variants', 'base', 'remove', 'initialization', 'loss', 'name'],
  ...['mnist', 'csv', 'dense', 'batchnorm', 'relu', 'dropout', 'gaussian', 'sgd', 'adam', 'mse'],
  ...['concat', 'residual', 'repeat', 'times', 'layers', 'branches', 'conv2d', 'kernel', 'same'],
  ...['[[', ']]', '- - '],
  ...[
    'learningRate',
    'steps',
    'epochs',
    'batchSize',
    'schedule',
    'cosine',
    '__proto__',
    'toString',
  ],
  ...['0', '-1', '1e999', '.nan', '5x', '0.1', '60', 'true', 'null', '~', '0x1F'],
);

test('random texts are answered', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), readAll), {
    numRuns: 300,
    seed: 1,
  });
});

test('random sequences of meaningful pieces are answered', () => {
  const text = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''));
  fc.assert(fc.property(text, readAll), { numRuns: 250, seed: 2 });
});

for (const example of examples) {
  test('an example with random pieces cut out and put in is answered', () => editAtRandom(example));

  test('every beginning of an example is answered, as it is typed', () => {
    for (let length = 0; length <= example.length; length += 11) readAll(example.slice(0, length));
  });
}

function editAtRandom(example: string): void {
  const edit = fc.record({
    at: fc.nat(example.length),
    cut: fc.nat(12),
    insert: fc.array(pieces, { maxLength: 3 }).map((parts) => parts.join('')),
  });
  const apply = (edits: { at: number; cut: number; insert: string }[]) =>
    edits.reduce(
      (text, { at, cut, insert }) => text.slice(0, at) + insert + text.slice(at + cut),
      example,
    );
  fc.assert(fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }).map(apply), readAll), {
    numRuns: 50,
    seed: 3,
  });
}

test('values are read as the yaml library reads them', () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string({ maxLength: 8 }),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string({ maxLength: 6 }), tie('value'), { maxKeys: 4 }),
    ),
  })).value;
  const plain = (given: unknown): unknown => JSON.parse(JSON.stringify(given ?? null));
  fc.assert(
    fc.property(value, (given) => {
      const text = stringify(given);
      const { value: read, problems } = readSource(text);
      assert.deepEqual(problems, []);
      assert.deepEqual(plain(read), plain(parse(text)));
    }),
    { numRuns: 300, seed: 4 },
  );
});

const hostile: Readonly<Record<string, string>> = {
  'lists without end': '['.repeat(150_000),
  'maps without end': '{a: '.repeat(40_000),
  'dashes without end': '- '.repeat(80_000),
  'question marks without end': '? '.repeat(80_000),
  'quotes without end': '"'.repeat(150_000),
  'anchors without end': '&a '.repeat(50_000),
  'forty thousand layers': `data: mnist\nnetwork: [${'relu, '.repeat(30_000)}]\n`,
  'twenty thousand keys': Array.from({ length: 20_000 }, (_, i) => `k${i}: 1\n`).join(''),
  'five thousand variants': `network: [relu]\nvariants:\n${Array.from({ length: 5000 }, (_, i) => `  v${i}: { remove: relu }\n`).join('')}`,
  'aliases that multiply': `a: &a [x, x]\n${Array.from({ length: 40 }, (_, i) => `k${i}: &a [*a, *a]\n`).join('')}`,
  'fifty thousand aliases': `a: &a 1\nb: [${'*a , '.repeat(35_000)}]\n`,
  'repetitions that multiply': `network: [${'repeat: { times: 1000, layers: ['.repeat(12)}relu${']}'.repeat(12)}]\n`,
  'branches that multiply by aliases': `data: mnist\na: &a [relu, relu]\n${Array.from({ length: 12 }, (_, i) => `k${i}: &a [concat: [*a, *a]]\n`).join('')}network: *a\n`,
  'three hundred containers deep': `network: [${'residual: ['.repeat(300)}relu${']'.repeat(300)}]\n`,
  'an alias of itself': 'network: &a [*a, *a]\ndata: &b { iris: *b }\n',
};

for (const [name, text] of Object.entries(hostile)) {
  test(`${name}: answered with few diagnostics`, () => {
    const diagnostics = checkNetworkFile(readNetworkFile(text), iris);
    assert.ok(diagnostics.length > 0 && diagnostics.length <= 110);
    for (const { range } of diagnostics) assertInside(range, text);
  });
}

test('keys that every object has are keys like any other', () => {
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const { diagnostics } = readNetworkFile(`data: iris\nnetwork: [dense: 3]\n${key}: {}\n`);
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ['unknown-field'],
      key,
    );
  }
});

/** A network that is right, whatever its layers and settings. */
const validFile = fc
  .record({
    layers: fc.array(
      fc.oneof(
        fc.constantFrom(
          'batchnorm',
          'sigmoid',
          'tanh',
          'relu',
          'leaky-relu',
          'softplus',
          'flatten',
        ),
        fc.integer({ min: 1, max: 300 }).map((units) => ({ dense: units })),
        fc.double({ min: 0, max: 0.9, noNaN: true }).map((rate) => ({ dropout: rate })),
      ),
      { maxLength: 12 },
    ),
    batchSize: fc.integer({ min: 2, max: 120 }),
    epochs: fc.integer({ min: 1, max: 50 }),
    factor: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ layers, batchSize, epochs, factor }) => ({
    data: 'iris',
    network: [...layers, 'batchnorm', { dense: 3 }],
    train: { batchSize, epochs, learningRate: 0.1 },
    variants: { a: { remove: 'batchnorm', train: { learningRate: `${factor}x` } } },
  }));

test('valid files resolve to consistent networks, always the same ones', () => {
  fc.assert(
    fc.property(validFile, (description) => {
      const text = stringify(description);
      const file: NetworkFile = readNetworkFile(text);
      const errors = checkNetworkFile(file, iris).filter(({ severity }) => severity === 'error');
      assert.deepEqual(errors, []);
      const base = resolveVariant(file, 'base', iris).network!;
      const variant = resolveVariant(file, 'a', iris).network!;
      assert.deepEqual(resolveVariant(readNetworkFile(text), 'base', iris).network, base);
      for (const { layers } of [base, variant]) {
        layers.forEach(({ input }, i) => {
          assert.deepEqual(input, i === 0 ? iris.input : layers[i - 1].output);
        });
        assert.equal(new Set(layers.map(({ name }) => name)).size, layers.length);
        layers.forEach((layer, i) => {
          if (layer.kind === 'dense') assert.equal(layer.bias, layers[i + 1]?.kind !== 'batchnorm');
        });
      }
      assert.deepEqual(
        variant.layers.map(({ name }) => name),
        base.layers.filter(({ kind }) => kind !== 'batchnorm').map(({ name }) => name),
      );
      assert.equal(
        variant.train.learningRate,
        Number(`${Number(description.variants.a.train.learningRate[0])}e-1`),
      );
    }),
    { numRuns: 200, seed: 5 },
  );
});
