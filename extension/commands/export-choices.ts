/** What can be chosen about the form of a model, as questions; those that would change nothing are not asked. */
import { defaultChoices, type ExportChoices, opsets } from '../../sidecar/protocol/onnx.ts';

/** What the model is, as far as it decides what there is to choose. */
export interface Situation {
  readonly hasBatchNorm: boolean;
  /** An ensemble gives probabilities anyway, a regression has none. */
  readonly hasLogits: boolean;
}

export interface Option {
  readonly label: string;
  readonly description: string;
  readonly choices: Partial<ExportChoices>;
}

export interface Question {
  readonly title: string;
  /** Whether it makes a difference, given what is chosen so far. */
  isAsked(situation: Situation, chosen: ExportChoices): boolean;
  options(chosen: ExportChoices): readonly Option[];
}

/** The oldest opset with QuantizeLinear, which int8 needs. */
const oldestQuantized = 10;

const precision: Question = {
  title: 'Precision of the Weights',
  isAsked: () => true,
  options: () => [
    {
      label: 'float32',
      description: 'as trained',
      choices: { precision: 'float32' },
    },
    {
      label: 'float16',
      description: 'half the size; computed with as float32',
      choices: { precision: 'float16' },
    },
    {
      label: 'int8',
      description: 'a quarter of the size; weights and activations, calibrated on the training set',
      choices: { precision: 'int8' },
    },
  ],
};

const fold: Question = {
  title: 'Batch Normalization in the Model',
  isAsked: ({ hasBatchNorm }, chosen) => hasBatchNorm && chosen.precision !== 'int8',
  options: () => [
    {
      label: 'Keep BatchNormalization Nodes',
      description: 'the graph has the layers of the network file',
      choices: { fold: false },
    },
    {
      label: 'Fold into the Weights Before',
      description: 'fewer nodes; what cannot be folded is kept, and told why',
      choices: { fold: true },
    },
  ],
};

const output: Question = {
  title: 'Output of the Model',
  isAsked: ({ hasLogits }) => hasLogits,
  options: () => [
    {
      label: 'Logits',
      description: 'what the last layer gives; the largest is the class',
      choices: { output: 'logits' },
    },
    {
      label: 'Probabilities',
      description: 'softmax or sigmoid in the graph',
      choices: { output: 'probabilities' },
    },
  ],
};

const opset: Question = {
  title: 'Version of ONNX’s Operators',
  isAsked: () => true,
  options: ({ precision: chosen }) => {
    const oldest = chosen === 'int8' ? oldestQuantized : opsets.oldest;
    const all = Array.from({ length: opsets.newest - oldest + 1 }, (_, at) => opsets.newest - at);
    return [opsets.usual, ...all.filter((version) => version !== opsets.usual)].map((version) => ({
      label: `Opset ${version}`,
      description: opsetNote(version, oldest),
      choices: { opset: version },
    }));
  },
};

/** In the order in which they are asked: the precision decides about folding and the opset. */
export const questions: readonly Question[] = [precision, fold, output, opset];

/** The questions that are asked, given what is chosen so far. */
export function askedOf(situation: Situation, chosen: ExportChoices): readonly Question[] {
  return questions.filter((question) => question.isAsked(situation, chosen));
}

/** The place of the option that is chosen already. */
export function chosenOption(options: readonly Option[], chosen: ExportChoices): number {
  const place = options.findIndex(({ choices }) =>
    Object.entries(choices).every(([key, value]) => chosen[key as keyof ExportChoices] === value),
  );
  return Math.max(0, place);
}

/** Choices in one line: `float32 · BatchNormalization nodes kept · logits · opset 15`. */
export function describeChoices(situation: Situation, chosen: ExportChoices): string {
  const said: string[] = [chosen.precision];
  if (situation.hasBatchNorm) {
    const folds = chosen.fold || chosen.precision === 'int8';
    said.push(folds ? 'BatchNormalization folded' : 'BatchNormalization nodes kept');
  }
  if (situation.hasLogits) said.push(chosen.output);
  return [...said, `opset ${chosen.opset}`].join(' · ');
}

/** The choices without those that this model does not leave, which are as the last model had them. */
export function applicable(
  { hasLogits }: Situation,
  { output, ...others }: ExportChoices,
): Partial<ExportChoices> {
  return hasLogits ? { output, ...others } : others;
}

/** What was remembered, as far as it still is a choice; it may be of another version of the extension. */
export function rememberedChoices(remembered: unknown): ExportChoices {
  if (typeof remembered !== 'object' || remembered === null) return defaultChoices;
  let chosen = defaultChoices;
  for (const question of questions) {
    const options = question.options(chosen);
    const place = chosenOption(options, { ...chosen, ...remembered });
    chosen = { ...chosen, ...options[place].choices };
  }
  return chosen;
}

function opsetNote(version: number, oldest: number): string {
  if (version === opsets.usual) return 'usual: accepted nearly everywhere';
  if (version === opsets.newest) return 'the newest that onnxruntime 1.30 accepts';
  return version === oldest ? 'the oldest, for old runtimes' : '';
}
