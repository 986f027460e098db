/** The page explained to someone who has never seen it. */
import { element } from './dom.ts';
import { Panel } from './panels.ts';
import type { ViewState } from './view-state.ts';

const points: readonly (readonly [term: string, text: string])[] = [
  [
    'What moves here',
    'A network learns in small steps, each from one batch of examples. Every chart shows something of it against the steps made so far, while it is being trained.',
  ],
  [
    'At the top',
    'Loss and test accuracy say how well it has learned. Below comes one row for every layer, in the order of the network file; a layer’s name leads to its line.',
  ],
  [
    'Lines, bands, dots',
    'A layer has many units: the line is the one in the middle, the band holds the middle 70 % of them. Dots on a batchnorm are its running statistics, which stand in for the batch’s once the network is used.',
  ],
  [
    'What to look for',
    'Batch normalization keeps every layer’s inputs at a steady mean and variance. Compare a variant without it: its means wander, and its variances shrink or grow from layer to layer.',
  ],
  [
    'Comparing',
    'Each variant has a colour and a marker; its chip hides and shows it. “Compare…” adds other variants and earlier runs by name.',
  ],
  ['At every chart', 'As long as this is open, a sentence below the title says what to look for.'],
  [
    'Looking closer',
    'Point at a chart to read all charts at that step; drag across one to zoom all of them, double-click to zoom out. Beside each title: a logarithmic axis, the figures as a table, the chart as a file, and what to look for in it.',
  ],
];

export function guide(view: ViewState): Panel {
  const content = points.flatMap(([term, text]) => [
    element('dt', {}, term),
    element('dd', {}, text),
  ]);
  return new Panel(
    view,
    'guide',
    'What am I looking at?',
    'What am I looking at?',
    element('dl', {}, ...content),
  );
}
