/** Asks for the form of a model: by default, as last time, or by one question after the other. */
import type { Memento, QuickPickItem } from 'vscode';
import { defaultChoices, type ExportChoices } from '../../sidecar/protocol/onnx.ts';
import { ask } from './ask.ts';
import {
  askedOf,
  chosenOption,
  describeChoices,
  type Option,
  rememberedChoices,
  type Situation,
} from './export-choices.ts';

/** Where the last choices are kept. */
const memoryKey = 'export.choices';

/** Undefined when the user has left. What was chosen is remembered. */
export async function chooseForm(
  memory: Memento,
  situation: Situation,
): Promise<ExportChoices | undefined> {
  const last = rememberedChoices(memory.get(memoryKey));
  for (;;) {
    const start = await ask(opening(situation, last));
    if (start === undefined || start === 'back') return undefined;
    const chosen = start.chosen ?? (await chooseEach(situation, last));
    if (chosen === 'back') continue;
    if (chosen !== undefined && start.chosen !== defaultChoices)
      await memory.update(memoryKey, chosen);
    return chosen;
  }
}

interface Start extends QuickPickItem {
  /** Null: to be chosen one by one. */
  readonly chosen: ExportChoices | null;
}

function opening(situation: Situation, last: ExportChoices) {
  const usual: Start = {
    label: 'Export with Defaults',
    description: describeChoices(situation, defaultChoices),
    chosen: defaultChoices,
  };
  const asLast: Start = {
    label: 'Export as Last Time',
    description: describeChoices(situation, last),
    chosen: last,
  };
  const each: Start = {
    label: 'Choose…',
    description: 'precision, batch normalization, output, opset',
    chosen: null,
  };
  const isOther = asLast.description !== usual.description;
  const items = isOther ? [usual, asLast, each] : [usual, each];
  return { title: 'Form of the Model', items, active: 0, hasBack: false };
}

async function chooseEach(
  situation: Situation,
  last: ExportChoices,
): Promise<ExportChoices | 'back' | undefined> {
  let chosen = last;
  let step = 0;
  for (;;) {
    const asked = askedOf(situation, chosen);
    if (step === asked.length) return chosen;
    const options = asked[step].options(chosen);
    const picked = await ask<Option & QuickPickItem>({
      title: asked[step].title,
      place: { step: step + 1, of: asked.length },
      items: options,
      active: chosenOption(options, chosen),
      hasBack: true,
    });
    if (picked === undefined) return undefined;
    if (picked === 'back' && step === 0) return 'back';
    if (picked === 'back') step--;
    else {
      chosen = { ...chosen, ...picked.choices };
      step++;
    }
  }
}
