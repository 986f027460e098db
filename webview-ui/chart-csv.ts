/** The figures of a chart as comma-separated values: one line a recorded step of the window, one column a figure. */
import type { Range } from './axes.ts';
import type { Samples } from './samples.ts';
import type { Trace } from './traces.ts';

export function chartCsv(traces: readonly Trace[], [from, to]: Range): string {
  const columns = traces.flatMap((trace) => columnsOf(trace));
  const lines = new Map<number, string[]>();
  columns.forEach(({ samples, values }, place) => {
    for (let row = 0; row < samples.count; row++) {
      const step = samples.steps[row];
      if (step < from || step > to) continue;
      const line = lines.get(step) ?? columns.map(() => '');
      line[place] = exact(values[row]);
      lines.set(step, line);
    }
  });
  const heading = ['step', ...columns.map(({ name }) => quoted(name))];
  const body = [...lines.entries()]
    .sort(([a], [b]) => a - b)
    .map(([step, line]) => [step, ...line]);
  return linesOf([heading, ...body]);
}

/** Figures that are not recorded at steps. */
export function figuresCsv(rows: readonly (readonly (string | number)[])[]): string {
  return linesOf(
    rows.map((row) => row.map((each) => (typeof each === 'number' ? exact(each) : quoted(each)))),
  );
}

function linesOf(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.join(',')}\r\n`).join('');
}

function columnsOf(trace: Trace): { name: string; samples: Samples; values: ArrayLike<number> }[] {
  const samples = trace.read();
  const { low, mid, high } = samples;
  const name = `${trace.variant.name} ${trace.label}`;
  if (low === null || high === null) return [{ name, samples, values: mid }];
  return [
    { name: `${name} 15 %`, samples, values: low },
    { name: `${name} median`, samples, values: mid },
    { name: `${name} 85 %`, samples, values: high },
  ];
}

/** The shortest figure that is the same in float32, in which the history is kept. */
function exact(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return String(short);
  }
  return String(Number.isFinite(value) ? Number(value.toPrecision(9)) : value);
}

function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
