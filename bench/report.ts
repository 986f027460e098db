/** Prints what the bench has found, as tables in Markdown. */
import type { Growth } from './growth.ts';
import type { KernelRate } from './kernel-rate.ts';
import type { Measurement } from './measure.ts';
import type { Work } from './networks.ts';
import type { Verdict } from './targets.ts';

export interface Results {
  readonly date: string;
  readonly command: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly system: string;
    /** Processes that wanted to run, over the last minute, before and after. */
    readonly load: readonly [number, number];
  };
  readonly rounds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly absent: readonly string[];
  readonly measurements: readonly Measurement[];
  readonly kernels: {
    readonly best: KernelRate;
    /** Billions of operations a second of whole steps, direct convolution counted. */
    readonly rates: readonly {
      readonly work: string;
      readonly whole: number;
      readonly best: number;
    }[];
    readonly profiles: readonly {
      readonly work: string;
      readonly kernels: readonly (readonly [kernel: string, milliseconds: number])[];
    }[];
  };
  readonly growth: readonly Growth[];
  readonly verdicts: readonly Verdict[];
}

export function printWork(work: Work, measurements: readonly Measurement[]): void {
  console.log(`\n### (${work.name}) ${work.title}\n`);
  printTable(['Engine', 'Threads', 'ms a step', 'Median', 'Rounds'], measurements.map(timeRow));
}

export function printRest({ verdicts, growth, kernels, ...results }: Results): void {
  console.log('\n### Targets\n');
  printTable(['', 'Measured', 'Target', ''], verdicts.map(verdictRow));
  const { best, profiles } = kernels;
  console.log(`\nBest kernel alone: ${figure(best.rate)} GFLOPS (${best.kernel}, 1 thread)`);
  for (const { work, kernels } of profiles) {
    console.log(`\n### (${work}) by kernel, 1 thread, relaxed SIMD\n`);
    const total = kernels.reduce((sum, [, time]) => sum + time, 0);
    const rows = kernels.map(([kernel, time]) => [kernel, figure(time), percent(time / total)]);
    printTable(['Kernel', 'ms', 'Share'], rows);
  }
  console.log('\n### Growth\n');
  const rows = growth.map(({ of, points, exponent }) => [
    of,
    points.map(({ size, milliseconds }) => `${size}: ${figure(milliseconds)}`).join(', '),
    exponent.toFixed(2),
  ]);
  printTable(['Of', 'Size: ms a step', 'Exponent'], rows);
  const { machine, versions, absent, date } = results;
  const said = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const load = machine.load.map((each) => each.toFixed(1)).join(' to ');
  console.log(
    `\n${machine.processor}, ${machine.cores} cores, ${machine.system}; ${said.join(', ')}`,
  );
  console.log(`${date}, load ${load}. Least of ${results.rounds} rounds.`);
  for (const each of absent) console.log(`Not measured: ${each}`);
}

function timeRow(measurement: Measurement): string[] {
  const { engine, variant, threads, minimum, median, rounds, error } = measurement;
  const times =
    minimum === null || median === null
      ? [`cannot: ${error?.split('\n')[0]}`, '', '']
      : [figure(minimum), figure(median), String(rounds)];
  return [`${engine} ${variant}`, String(threads), ...times];
}

function verdictRow({ target, value, limit, atLeast, reached }: Verdict): string[] {
  const outcome = reached === null ? 'not measured' : reached ? 'reached' : 'missed';
  const measured = value === null ? '' : figure(value);
  return [target, measured, `${atLeast ? 'at least' : 'at most'} ${limit}`, outcome];
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(`| ${head.join(' | ')} |\n|${head.map(() => '---|').join('')}`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
}

/** Three significant digits. */
function figure(value: number): string {
  return value >= 1000 ? String(Math.round(value)) : value.toPrecision(3);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
