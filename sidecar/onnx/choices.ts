/** The form of a model as it was asked for: checked, and with what nobody chose as by default. */
import { defaultChoices, type ExportChoices, opsets } from '../protocol/onnx.ts';
import { ExportError } from './errors.ts';

/** All of the form but folding, which makes another network before a model is built. */
export type ModelForm = Omit<ExportChoices, 'fold'>;

/** A model's form where nobody has chosen one. */
export const defaultForm: ModelForm = {
  output: defaultChoices.output,
  opset: defaultChoices.opset,
  precision: defaultChoices.precision,
};

/** All that `choice` may be, the default first. */
export const outputs = ['logits', 'probabilities'] as const;
export const precisions = ['float32', 'float16', 'int8'] as const;

/** The oldest opset with QuantizeLinear, and the oldest in which each channel can have a scale of its own. */
export const quantizedOpsets = { oldest: 10, perChannel: 13 } as const;

/** Throws an ExportError for what no model can be; whoever asked may be another program. */
export function completeChoices(chosen: Partial<ExportChoices> = {}): ExportChoices {
  const choices = { ...defaultChoices, ...chosen };
  const { opset, output, precision, fold } = choices;
  if (!Number.isInteger(opset) || opset < opsets.oldest || opset > opsets.newest) {
    throw new ExportError('opset', `${opsets.oldest} to ${opsets.newest}`, show(opset));
  }
  checkWord('output', output, outputs);
  checkWord('precision', precision, precisions);
  if (typeof fold !== 'boolean') throw new ExportError('fold', 'true or false', show(fold));
  if (precision === 'int8' && opset < quantizedOpsets.oldest) {
    throw new ExportError(
      'precision int8',
      `opset ${quantizedOpsets.oldest} or newer, which has QuantizeLinear`,
      `opset ${opset}`,
    );
  }
  return { opset, output, precision, fold: fold || precision === 'int8' };
}

function checkWord(place: string, word: unknown, known: readonly string[]): void {
  if (!known.some((each) => each === word)) {
    throw new ExportError(place, known.join(' or '), show(word));
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 40)}"` : String(value);
}
