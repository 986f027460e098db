/** A grid of two axes as a heat map: what trains, what stays at chance, what diverges. Grids of the same axes share it. */
import { percent } from './format.ts';
import { element, type Markup, text } from './markup.ts';
import type { GridReport, Report } from './report.ts';
import { type Figure, frame, label, shortened } from './svg.ts';

type Cell = GridReport['cells'][number];

const cellHeight = 34;
const left = 92;
const top = 54;
const gap = 36;
const width = 800;
/** Steps of the colour scale, as the style sheet has them. */
const levels = 10;

/** Grids with the same two axes, in the order of the file. */
export function comparableGrids({ grids }: Report): GridReport[][] {
  const plane = grids.filter(({ axes }) => axes.length === 2);
  return [...Map.groupBy(plane, ({ axes }) => JSON.stringify(axes)).values()];
}

export function gridFigure(report: Report, grids: readonly GridReport[], index: number): Figure {
  const [{ axes }] = grids;
  const [down, across] = axes;
  const panelWidth = (width - left - 16 - (grids.length - 1) * gap) / grids.length;
  const cellWidth = panelWidth / across.values.length;
  const bottom = top + down.values.length * cellHeight;
  const level = levelOf(report, grids);
  const panels = grids.flatMap((grid, panel) => {
    const from = left + panel * (panelWidth + gap);
    return [
      label(from, top - 10, shortened(grid.name, Math.floor(panelWidth / 7)), {
        kind: 'panel-title',
      }),
      ...grid.cells.flatMap((cell) => drawCell(cell, from, cellWidth, level(cell))),
      ...across.values.map((value, column) =>
        label(from + (column + 0.5) * cellWidth, bottom + 17, value, {
          anchor: 'middle',
          kind: 'tick',
        }),
      ),
      label(from + panelWidth, bottom + 36, across.key, { anchor: 'end', kind: 'axis-title' }),
    ];
  });
  const rows = down.values.map((value, row) =>
    label(left - 8, top + (row + 0.5) * cellHeight + 4, value, { anchor: 'end', kind: 'tick' }),
  );
  return frame(
    {
      name: `grid-${index + 1}`,
      title: `Final test ${report.data.commonest === null ? 'loss' : 'accuracy'} by ${down.key} and ${across.key}: ${grids.map(({ name }) => name).join(', ')}`,
      description: grids.map(describe).join(' '),
    },
    width,
    bottom + 46,
    [label(8, 18, `${down.key} (rows)`, { kind: 'axis-title' }), ...rows, ...panels],
  );
}

function drawCell(
  { at: [row, column], outcome, accuracy, loss, variant }: Cell,
  from: number,
  cellWidth: number,
  level: number | null,
): Markup[] {
  const x = from + column * cellWidth;
  const y = top + row * cellHeight;
  const kind = level === null ? `cell ${outcome}` : `cell level-${level}`;
  const value = accuracy === null ? (loss?.toPrecision(3) ?? '–') : (100 * accuracy).toFixed(1);
  const words = {
    diverged: '✕',
    failed: '✕',
    chance: 'chance',
    unfinished: `${value}…`,
    trained: value,
  };
  const place = { x: x + 1, y: y + 1, width: cellWidth - 2, height: cellHeight - 2, rx: 3 };
  const said = level === null ? 'on-plain' : level < levels / 2 ? 'on-low' : 'on-high';
  const score =
    accuracy === null ? (loss === null ? 'no figure' : `loss ${value}`) : percent(accuracy);
  const title = `${variant}: ${outcome}, ${score}`;
  return [
    element('rect', { class: kind, ...place }, element('title', {}, text(title))),
    label(x + cellWidth / 2, y + cellHeight / 2 + 4, words[outcome], {
      anchor: 'middle',
      kind: said,
    }),
  ];
}

/** Colours of cells that trained, by the logarithm of the error from chance to the best cell; others have none. */
function levelOf({ chance }: Report, grids: readonly GridReport[]): (cell: Cell) => number | null {
  const trained = grids
    .flatMap(({ cells }) => cells)
    .filter(({ outcome }) => outcome === 'trained');
  const depth = (accuracy: number) => -Math.log(Math.max(1e-4, 1 - accuracy));
  const least = depth(chance ?? 0);
  const most = depth(Math.max(...trained.map(({ accuracy }) => accuracy ?? 0)));
  return ({ outcome, accuracy }) => {
    if (outcome !== 'trained' || accuracy === null) return null;
    const share = most === least ? 1 : (depth(accuracy) - least) / (most - least);
    return Math.min(levels - 1, Math.max(0, Math.floor(share * levels)));
  };
}

function describe({ name, cells }: GridReport): string {
  const counted = (outcome: Cell['outcome']) =>
    cells.filter((cell) => cell.outcome === outcome).length;
  return `${name}: of ${cells.length} networks ${counted('trained')} trained, ${counted('chance')} ended at chance, ${counted('diverged')} diverged.`;
}
