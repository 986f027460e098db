/** What a person has changed about a run, as marks on step axes and as lines of a list. */
import type { ControlAction, ControlEvent } from '../sidecar/protocol/control.ts';
import { count } from './format.ts';
import type { VariantData } from './store.ts';

export interface EventMark {
  readonly step: number;
  readonly letter: string;
  /** Whom it concerned and what it did. */
  readonly text: string;
}

const letters: Record<ControlAction['kind'], string> = {
  pause: 'P',
  continue: 'C',
  step: 'S',
  'learning-rate': 'L',
  'evaluation-statistics': 'E',
  'recompute-statistics': 'R',
  'scale-weights': 'W',
};

/** What the last scaling of a layer's weights did, a sentence a variant. */
export function lastScaling(variants: readonly VariantData[], layer: string): string[] {
  return variants.flatMap(({ name, events }) => {
    const last = events.findLast(
      ({ action }) => action.kind === 'scale-weights' && action.layer === layer,
    );
    return last ? [`${name}, step ${count(last.step)}: ${last.effect}`] : [];
  });
}

/** Marks in the order of their steps; the same change of several variants at one step is one mark. */
export function eventMarks(variants: readonly VariantData[]): EventMark[] {
  const groups = new Map<string, { event: ControlEvent; names: string[] }>();
  for (const { name, events } of variants) {
    for (const event of events) {
      const key = JSON.stringify([event.step, event.action, event.effect]);
      const group = groups.get(key) ?? { event, names: [] };
      group.names.push(name);
      groups.set(key, group);
    }
  }
  return [...groups.values()]
    .map(({ event, names }) => ({
      step: event.step,
      letter: letters[event.action.kind],
      text: `step ${count(event.step)}, ${names.join(', ')}: ${event.effect}`,
    }))
    .sort((a, b) => a.step - b.step);
}
