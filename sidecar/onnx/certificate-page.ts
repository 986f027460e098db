/** A certificate in plain language, as a page that needs nothing else. */
import { count } from '../figures.ts';
import { type Certificate, snippetLanguages } from '../protocol/onnx.ts';
import { type Block, heading, paragraph, type ReportDocument, table } from '../report/document.ts';
import { figure, percent } from '../report/format.ts';
import type { ModelForm } from './choices.ts';
import type { SnippetFacts } from './snippets/facts.ts';
import { languageNames, writeSnippet } from './snippets/snippet.ts';

/** `facts`: of the model, its path as seen from the page; `form` is the model's. */
export function certificatePage(
  facts: SnippetFacts,
  form: ModelForm,
  certificate: Certificate,
): ReportDocument {
  return {
    title: `Certificate of ${facts.path}`,
    blocks: [
      paragraph(verdict(certificate)),
      ...agreement(certificate),
      ...accuracy(certificate, form),
      ...batchNorms(certificate),
      ...speed(certificate),
      ...programs(facts),
      heading('What was certified'),
      {
        kind: 'list',
        items: [
          [
            `Form: ${form.precision} weights, opset ${form.opset}, output `,
            { code: facts.output.name },
          ],
          [
            'Model without its certificate: ',
            `${count(certificate.bytes)} bytes, SHA-256 `,
            { code: certificate.modelSha256 },
          ],
          ['Network file as trained: SHA-256 ', { code: certificate.sourceSha256 }],
          ['Data: SHA-256 ', { code: certificate.dataSha256 }],
        ],
      },
      paragraph([
        { code: `batchnorm validate` },
        ' measures the model again and fails when this no longer holds; what folding and rounding cost was found out at export alone. A certificate is no signature: it finds what changed by accident, not what somebody has forged.',
      ]),
    ],
  };
}

function verdict({ validation }: Certificate): string {
  const { outcome, reason, runtime, examples } = validation;
  const why = reason === undefined ? '' : ` ${reason}`;
  if (outcome === 'not-validated')
    return `No runtime could run the model, so it is not validated:${why}`;
  const agrees = outcome === 'validated' ? 'agrees' : 'does not agree';
  return `On ${count(examples)} examples, ${runtime} ${agrees} with the engine that trained the model.${why}`;
}

function agreement({ passes, validation }: Certificate): Block[] {
  if (passes.length === 0) return [];
  const { tolerance, nearTies, bounds } = validation;
  const bound =
    bounds === undefined
      ? `No absolute one may be larger than ${figure(tolerance)}.`
      : `Activations in int8 are rounded, so errors have no bound of their own: ${costs[bounds](percent(tolerance))}.`;
  const ties = `${count(nearTies)} examples have another class, since two classes are equal within rounding.`;
  return [
    heading('Agreement'),
    table(
      'The runtime against the engine, pass by pass',
      [
        'Batch',
        'Optimizations',
        'Examples',
        'Absolute error',
        'Relative error',
        'Same class',
        'Accuracy',
      ],
      passes.map((pass) => [
        count(pass.batchSize),
        pass.optimization === 'all' ? 'on' : 'off',
        count(pass.examples),
        figure(pass.maxAbsoluteError),
        figure(pass.maxRelativeError),
        percent(pass.classAgreement),
        percent(pass.runtimeAccuracy),
      ]),
    ),
    paragraph(
      [
        'Errors are the largest of all outputs, relative ones to the largest output of the example.',
        bound,
        ...(nearTies > 0 ? [ties] : []),
      ].join(' '),
    ),
  ];
}

function accuracy({ trainedAccuracy, validation }: Certificate, { precision }: ModelForm): Block[] {
  const { engineAccuracy, runtimeAccuracy } = validation;
  if (trainedAccuracy === null || engineAccuracy === null || runtimeAccuracy === null) return [];
  const stored =
    precision === 'float32' ? '' : ` ${percent(engineAccuracy)} with those in ${precision},`;
  return [
    paragraph(
      `Accuracy: ${percent(trainedAccuracy)} in the engine with the weights as they were trained,${stored} ${percent(runtimeAccuracy)} under the runtime.`,
    ),
  ];
}

/** How `Validation.bounds` is said. */
const costs = {
  accuracy: (share: string) =>
    `the runtime's accuracy may be ${share} below the engine's as trained`,
  range: (share: string) => `the mean error may be ${share} of the range of the predictions`,
} as const;

const fates = {
  'folded-at-export': 'folded into weights at export',
  'folded-by-runtime': 'folded by the runtime as it loads the model',
  computed: 'computed by the runtime',
  unknown: 'a node; this runtime does not tell what it makes of it',
} as const;

function batchNorms({ batchNorms, folding }: Certificate): Block[] {
  const proof =
    folding === null
      ? []
      : [
          paragraph(
            `Folded and unfolded, the model gives ${folding.maxAbsoluteError <= folding.tolerance ? 'the same' : 'different'} outputs under the runtime: the largest difference is ${figure(folding.maxAbsoluteError)}, where ${figure(folding.tolerance)} is allowed.`,
          ),
        ];
  if (batchNorms.length === 0) return [];
  return [
    heading('Batch normalization'),
    ...proof,
    table(
      'Every batch normalization of the network',
      ['Layer', 'What became of it'],
      batchNorms.map(({ name, fate }) => [name, fates[fate]]),
    ),
  ];
}

function speed({ speed }: Certificate): Block[] {
  if (speed === null) return [];
  return [
    heading('Speed'),
    paragraph(
      `In one thread, with optimizations on: ${figure(speed.latency)} ms for one example, ${count(speed.throughput)} examples a second in batches of ${speed.batchSize}; medians on the machine that exported the model.`,
    ),
  ];
}

function programs(facts: SnippetFacts): Block[] {
  return [
    heading('Programs that run the model'),
    paragraph(
      facts.example === null
        ? 'Each is whole: beside the model it runs as it stands, on zeros in the place of an example of your own.'
        : 'Each is whole: beside the model it runs as it stands, on the example that the model carries.',
    ),
    ...snippetLanguages.map((language): Block => {
      const content = { kind: 'code', text: writeSnippet(facts, language) } as const;
      return { kind: 'details', summary: languageNames[language], content };
    }),
  ];
}
