/** A program that runs a model in .NET 6 or newer: the top-level statements of a Program.cs. */
import { sizeOf } from '../../network/types.ts';
import type { Meaning, SnippetFacts } from './facts.ts';
import { fill, quote } from './literals.ts';

export function csharpSnippet({ path, input, output, ...facts }: SnippetFacts): string {
  const { labels, example } = facts;
  const lines = [
    '// Runs an ONNX model on one example. It needs a package: dotnet add package Microsoft.ML.OnnxRuntime',
    'using System;',
    'using System.Globalization;',
    'using System.Linq;',
    'using System.Text;',
    'using Microsoft.ML.OnnxRuntime;',
    'using Microsoft.ML.OnnxRuntime.Tensors;',
    '',
    'Console.OutputEncoding = Encoding.UTF8;',
    'CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;',
    '// Another path of the model may be given as an argument.',
    `string path = args.Length > 0 ? args[0] : ${text(path)};`,
    ...(labels === null ? [] : ['string[] labels =', '{', ...fill(labels.map(text), '    '), '};']),
    ...inputLines(input.shape, facts),
    ...(example === null
      ? []
      : [
          '// What the engine that trained the model makes of it.',
          'float[] expected =',
          '{',
          ...fill(example.output.map(float), '    '),
          '};',
        ]),
    '',
    'using var session = new InferenceSession(path);',
    `var tensor = new DenseTensor<float>(input, new[] { ${[1, ...input.shape].join(', ')} });`,
    `using var results = session.Run(new[] { NamedOnnxValue.CreateFromTensor(${text(input.name)}, tensor) });`,
    `float[] output = results.First(result => result.Name == ${text(output.name)}).AsEnumerable<float>().ToArray();`,
    '',
    ...decide[output.meaning],
    ...(output.meaning === 'predictions'
      ? []
      : [
          `Console.WriteLine("class: " + ${labels === null ? 'best' : 'labels[best]'});`,
          'Console.WriteLine("probability: " + probability.ToString("F6"));',
        ]),
    ...(example === null
      ? []
      : [
          'float difference = output.Zip(expected, (found, wanted) => Math.Abs(found - wanted)).Max();',
          'Console.WriteLine("largest difference from the engine: " + difference.ToString("E2"));',
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

const decide: Readonly<Record<Meaning, readonly string[]>> = {
  logits: [
    'float largest = output.Max();',
    'int best = Array.IndexOf(output, largest);',
    '// Softmax of the best logit.',
    'double probability = 1 / output.Sum(value => Math.Exp(value - largest));',
  ],
  logit: [
    'int best = output[0] > 0 ? 1 : 0;',
    '// Sigmoid, of either class.',
    'double probability = 1 / (1 + Math.Exp(-Math.Abs(output[0])));',
  ],
  probabilities: [
    'float probability = output.Max();',
    'int best = Array.IndexOf(output, probability);',
  ],
  probability: [
    'int best = output[0] > 0.5f ? 1 : 0;',
    'float probability = best == 1 ? output[0] : 1 - output[0];',
  ],
  predictions: [
    'Console.WriteLine("prediction: " + string.Join(", ", output.Select(value => value.ToString("G6"))));',
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
      `float[] input = new float[${sizeOf(shape)}];`,
    ];
  }
  const values = example.input.map(float);
  const rows = featureNames?.map((name, index) => `    ${values[index]}, // ${text(name)}`);
  return [about, 'float[] input =', '{', ...(rows ?? fill(values, '    ')), '};'];
}

function float(value: number): string {
  return `${value}f`;
}

function text(value: string): string {
  return quote(value, 'csharp');
}
