/** A program that runs a model in Python 3. Names come after its second line, where none can be a coding declaration. */
import type { Meaning, SnippetFacts } from './facts.ts';
import { fill, quote } from './literals.ts';

export function pythonSnippet({ path, input, output, ...facts }: SnippetFacts): string {
  const { labels, example } = facts;
  const lines = [
    '# Runs an ONNX model on one example. It needs two packages: pip install numpy onnxruntime',
    'import sys',
    '',
    'import numpy as np',
    'import onnxruntime',
    '',
    'sys.stdout.reconfigure(encoding="utf-8")',
    '# Another path of the model may be given as an argument.',
    `path = sys.argv[1] if len(sys.argv) > 1 else ${text(path)}`,
    ...(labels === null ? [] : ['labels = [', ...fill(labels.map(text), '    '), ']']),
    ...inputLines(input.shape, facts),
    ...(example === null
      ? []
      : [
          '# What the engine that trained the model makes of it.',
          'expected = [',
          ...fill(example.output.map(String), '    '),
          ']',
        ]),
    '',
    'session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])',
    `results = session.run([${text(output.name)}], {${text(input.name)}: values})`,
    'output = results[0][0].astype(np.float64)',
    '',
    ...decide[output.meaning],
    ...(output.meaning === 'predictions'
      ? []
      : [
          `print(f"class: {${labels === null ? 'best' : 'labels[best]'}}")`,
          'print(f"probability: {probability:.6f}")',
        ]),
    ...(example === null
      ? []
      : ['print(f"largest difference from the engine: {np.abs(output - expected).max():.2e}")']),
  ];
  return `${lines.join('\n')}\n`;
}

const decide: Readonly<Record<Meaning, readonly string[]>> = {
  logits: [
    'best = int(output.argmax())',
    '# Softmax of the best logit.',
    'probability = 1 / np.exp(output - output[best]).sum()',
  ],
  logit: [
    'best = int(output[0] > 0)',
    '# Sigmoid, of either class.',
    'probability = 1 / (1 + np.exp(-abs(output[0])))',
  ],
  probabilities: ['best = int(output.argmax())', 'probability = output[best]'],
  probability: [
    'best = int(output[0] > 0.5)',
    'probability = output[0] if best == 1 else 1 - output[0]',
  ],
  predictions: ['print("prediction: " + ", ".join(f"{value:.6g}" for value in output))'],
};

function inputLines(
  shape: readonly number[],
  { example, featureNames }: Pick<SnippetFacts, 'example' | 'featureNames'>,
): string[] {
  const about = `# Raw values of one example, [${shape.join(', ')}]: the model normalizes them itself.`;
  const batch = [1, ...shape].join(', ');
  if (example === null) {
    return [
      about,
      '# These are zeros: put an example of your own here.',
      `values = np.zeros((${batch}), dtype=np.float32)`,
    ];
  }
  const values = example.input.map(String);
  const rows = featureNames?.map((name, index) => `    ${values[index]},  # ${text(name)}`);
  return [
    about,
    'values = [',
    ...(rows ?? fill(values, '    ')),
    ']',
    `values = np.array(values, dtype=np.float32).reshape(${batch})`,
  ];
}

function text(value: string): string {
  return quote(value, 'python');
}
