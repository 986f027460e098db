/** A program that runs a model in Node, as an ES module. */
import { sizeOf } from '../../network/types.ts';
import type { Meaning, SnippetFacts } from './facts.ts';
import { fill, quote } from './literals.ts';

export function javascriptSnippet({ path, input, output, ...facts }: SnippetFacts): string {
  const { labels, example } = facts;
  const lines = [
    '// Runs an ONNX model on one example. It needs a package: npm install onnxruntime-node',
    "import { InferenceSession, Tensor } from 'onnxruntime-node';",
    '',
    '// Another path of the model may be given as an argument.',
    `const path = process.argv[2] ?? ${text(path)};`,
    ...(labels === null ? [] : ['const labels = [', ...fill(labels.map(text), '  '), '];']),
    ...inputLines(input.shape, facts),
    ...(example === null
      ? []
      : [
          '// What the engine that trained the model makes of it.',
          'const expected = [',
          ...fill(example.output.map(String), '  '),
          '];',
        ]),
    '',
    'const session = await InferenceSession.create(path);',
    `const tensor = new Tensor('float32', input, [${[1, ...input.shape].join(', ')}]);`,
    `const results = await session.run({ [${text(input.name)}]: tensor });`,
    `const output = Array.from(results[${text(output.name)}].data);`,
    '',
    ...decide[output.meaning],
    ...(output.meaning === 'predictions'
      ? []
      : [
          `console.log('class:', ${labels === null ? 'best' : 'labels[best]'});`,
          "console.log('probability:', probability.toFixed(6));",
        ]),
    ...(example === null
      ? []
      : [
          'const differences = output.map((value, index) => Math.abs(value - expected[index]));',
          "console.log('largest difference from the engine:', Math.max(...differences).toExponential(2));",
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

const decide: Readonly<Record<Meaning, readonly string[]>> = {
  logits: [
    'const largest = Math.max(...output);',
    'const best = output.indexOf(largest);',
    '// Softmax of the best logit.',
    'const total = output.reduce((sum, value) => sum + Math.exp(value - largest), 0);',
    'const probability = 1 / total;',
  ],
  logit: [
    'const best = output[0] > 0 ? 1 : 0;',
    '// Sigmoid, of either class.',
    'const probability = 1 / (1 + Math.exp(-Math.abs(output[0])));',
  ],
  probabilities: [
    'const probability = Math.max(...output);',
    'const best = output.indexOf(probability);',
  ],
  probability: [
    'const best = output[0] > 0.5 ? 1 : 0;',
    'const probability = best === 1 ? output[0] : 1 - output[0];',
  ],
  predictions: [
    "console.log('prediction:', output.map((value) => value.toPrecision(6)).join(', '));",
  ],
};

function inputLines(
  shape: readonly number[],
  { example, featureNames }: Pick<SnippetFacts, 'example' | 'featureNames'>,
): string[] {
  const about = `// Raw values of one example, [${shape.join(', ')}]: the model normalizes them itself.`;
  if (example === null) {
    return [
      about,
      '// These are zeros: put an example of your own here.',
      `const input = new Float32Array(${sizeOf(shape)});`,
    ];
  }
  const values = example.input.map(String);
  const rows = featureNames?.map((name, index) => `  ${values[index]}, // ${text(name)}`);
  return [about, 'const input = new Float32Array([', ...(rows ?? fill(values, '  ')), ']);'];
}

function text(value: string): string {
  return quote(value, 'javascript');
}
