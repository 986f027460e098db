/** The statistics of one layer as a hover shows them: a table of medians and ranges over units, with the step. */
import type { RunSummary, VariantSummary } from '../protocol/runs.ts';
import { count, figure, spread } from './figures.ts';
import type { LayerStatistics } from './host.ts';
import { escapeText, table } from './markdown.ts';
import { sparkline } from './sparkline.ts';

const sparklineWidth = 20;

/** One quantity of a layer: its cell when variants stand side by side, and the two cells when there is one alone. */
interface Row {
  readonly label: string;
  read(statistics: LayerStatistics): { readonly value: string; readonly extent: string } | null;
}

/** Markdown, or an empty string when no variant of the run has statistics of this layer. */
export function statisticsText(
  statistics: readonly LayerStatistics[],
  run: RunSummary | null,
): string {
  if (statistics.length === 0) return '';
  const rows = statistics.some(({ runningMean }) => runningMean) ? batchNormRows : outputRows;
  return statistics.length === 1
    ? oneVariant(statistics[0], run, rows)
    : sideBySide(statistics, run, rows);
}

function oneVariant(only: LayerStatistics, run: RunSummary | null, rows: readonly Row[]): string {
  const cells = rows.flatMap(({ label, read }) => {
    const cell = read(only);
    return cell ? [[label, cell.value, cell.extent]] : [];
  });
  const parts = [`step ${progress(only, run)}`, escapeText(only.variant), ...outcome(only, run)];
  return `${parts.join(' · ')}\n\n${table([units([only]), 'median', 'range'], cells)}`;
}

function sideBySide(
  statistics: readonly LayerStatistics[],
  run: RunSummary | null,
  rows: readonly Row[],
): string {
  const cells = rows.flatMap(({ label, read }) => {
    const found = statistics.map(read);
    if (found.every((cell) => cell === null)) return [];
    return [[label, ...found.map((cell) => (cell ? sideBySideCell(cell) : '–'))]];
  });
  const head = [units(statistics), ...statistics.map(({ variant }) => escapeText(variant))];
  const lead = ['step', ...statistics.map((one) => progress(one, run))];
  const outcomes = statistics.flatMap((one) =>
    outcome(one, run).map((text) => `\n\n${escapeText(one.variant)} ${text}`),
  );
  const caption = 'Median over units, in brackets their range';
  return `${caption}\n\n${table(head, [lead, ...cells])}${outcomes.join('')}`;
}

function sideBySideCell({ value, extent }: { value: string; extent: string }): string {
  return extent ? `${value} (${extent})` : value;
}

/** `1,240 of 2,000`. */
function progress({ step, variant }: LayerStatistics, run: RunSummary | null): string {
  const summary = summaryOf(variant, run);
  return summary ? `${count(step)} of ${count(summary.steps)}` : count(step);
}

/** The state where it is not plain training, with the reason of a failure. */
function outcome({ state, variant }: LayerStatistics, run: RunSummary | null): readonly string[] {
  if (state === 'training') return [];
  const error = summaryOf(variant, run)?.error;
  return [error ? `${state}: ${escapeText(error)}` : state];
}

function summaryOf(variant: string, run: RunSummary | null): VariantSummary | undefined {
  return run?.variants.find((summary) => summary.variant === variant);
}

function units(statistics: readonly LayerStatistics[]): string {
  for (const { inputMean, outputMean } of statistics) {
    const measured = inputMean ?? outputMean;
    if (measured) return `${count(measured.length)} ${measured.length === 1 ? 'unit' : 'units'}`;
  }
  return '';
}

type PerUnit = {
  [K in keyof LayerStatistics]-?: LayerStatistics[K] extends Float32Array | undefined ? K : never;
}[keyof LayerStatistics];

function perUnit(label: string, quantity: PerUnit): Row {
  return {
    label,
    read: (statistics) => {
      const found = spread(statistics[quantity] ?? new Float32Array());
      if (!found) return null;
      const { median, low, high, notFinite } = found;
      const bad = notFinite > 0 ? [`${count(notFinite)} not finite`] : [];
      const range = Number.isFinite(low) ? [`${figure(low)} to ${figure(high)}`] : [];
      return { value: figure(median), extent: [...range, ...bad].join(', ') };
    },
  };
}

function single(label: string, quantity: 'gradientNorm' | 'updateRatio'): Row {
  return {
    label,
    read: (statistics) => {
      const value = statistics[quantity];
      return value === undefined ? null : { value: figure(value), extent: '' };
    },
  };
}

function trend(label: string, quantity: 'meanTrend' | 'varianceTrend'): Row {
  return {
    label,
    read: (statistics) => {
      const points = statistics[quantity];
      if (points.length < 2) return null;
      const extent = `${figure(points[0])} → ${figure(points[points.length - 1])}`;
      return { value: sparkline(points, sparklineWidth), extent };
    },
  };
}

const common: readonly Row[] = [
  single('gradient norm', 'gradientNorm'),
  single('update ratio', 'updateRatio'),
  trend('mean by step', 'meanTrend'),
  trend('variance by step', 'varianceTrend'),
];

/** Batch and running statistics stand next to each other, since their difference is what goes wrong in evaluation. */
const batchNormRows: readonly Row[] = [
  perUnit('batch mean', 'inputMean'),
  perUnit('running mean', 'runningMean'),
  perUnit('batch variance', 'inputVariance'),
  perUnit('running variance', 'runningVariance'),
  perUnit('gamma', 'gamma'),
  perUnit('beta', 'beta'),
  ...common,
];

const outputRows: readonly Row[] = [
  perUnit('output mean', 'outputMean'),
  perUnit('output variance', 'outputVariance'),
  ...common,
];
