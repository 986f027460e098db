/** A run for a person: a progress bar a variant while it trains, a table at its end. */
import type { Writable } from 'node:stream';
import { MultiBar, type SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { count } from '../figures.ts';
import type { Finding } from '../protocol/findings.ts';
import type { VariantSummary } from '../protocol/runs.ts';
import { percent } from '../report/format.ts';
import type { PreparedVariant } from '../runs/prepare.ts';
import type { Run } from '../runs/run.ts';
import type { Reporter } from './reporter.ts';

export function textReporter(out: Writable): Reporter {
  const bars = new MultiBar({
    stream: out as NodeJS.WriteStream,
    format: '{name} {bar} {value}/{total} steps  {rate} examples/s  {accuracy}',
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 5000,
    autopadding: true,
  });
  const drawn = new Map<string, SingleBar>();
  let timer: NodeJS.Timeout | undefined;
  const draw = (run: Run) => {
    for (const summary of run.summary().variants) {
      drawn.get(summary.variant)?.update(summary.step, payload(summary, width(run)));
    }
  };
  return {
    started(run) {
      const { name, variants, data } = run.prepared;
      const { trainExamples, testExamples } = data.summary;
      out.write(
        `${name}: ${data.summary.name}, ${count(trainExamples)} training and ${count(testExamples)} test examples; ` +
          `${variants.length} variant${variants.length === 1 ? '' : 's'}\n`,
      );
      for (const prepared of variants) out.write(`${size(prepared)}\n`);
      for (const summary of run.summary().variants) {
        drawn.set(summary.variant, bars.create(summary.steps, 0, payload(summary, width(run))));
      }
      timer = setInterval(draw, 200, run);
    },
    ended(run) {
      clearInterval(timer);
      draw(run);
      bars.stop();
      out.write(`${table(run)}\n`);
    },
  };
}

/** `base: 79,610 parameters, 1.35 MiB of memory in batches of 60`. */
function size({ variant, network, plan, probe, layers }: PreparedVariant): string {
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  const bytes = plan.bytes + (probe?.plan.bytes ?? 0);
  const memory = `${(bytes / 2 ** 20).toPrecision(3)} MiB of memory`;
  return `${variant}: ${count(parameters)} parameters, ${memory} in batches of ${count(network.train.batchSize)}`;
}

function width(run: Run): number {
  return Math.max(...run.variants.map(({ name }) => name.length));
}

function payload({ variant, testAccuracy, examplesPerSecond }: VariantSummary, padding: number) {
  return {
    name: variant.padEnd(padding),
    rate: count(Math.round(examplesPerSecond)).padStart(7),
    accuracy: testAccuracy === null ? '' : `test accuracy ${percent(testAccuracy)}`,
  };
}

function table(run: Run): string {
  const rows = new Table({
    head: ['variant', 'state', 'steps', 'test accuracy', 'test loss', 'time'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const { variant, state, step, testAccuracy, testLoss, seconds } of run.summary().variants) {
    rows.push([
      variant,
      state,
      count(step),
      percent(testAccuracy),
      testLoss === null ? '–' : testLoss.toPrecision(3),
      `${seconds.toFixed(1)} s`,
    ]);
  }
  const notes = run
    .summary()
    .variants.flatMap(({ variant, note }) => (note ? [`${variant}: ${note}`] : []));
  const findings = run
    .summary()
    .variants.flatMap(({ variant, findings }) =>
      findings.map((finding) => findingText(variant, finding)),
    );
  const folders = run.variants
    .map((variant) => run.folderOf(variant))
    .filter((path) => path !== null);
  const report = run.reportFiles === null ? [] : [`Report: ${run.reportFiles.html}`];
  const saved = folders.map((path) => `Saved: ${path}`);
  return [rows.toString(), ...notes, ...findings, ...saved, ...report].join('\n');
}

/** What is wrong, then why and what to do, indented below it. */
function findingText(variant: string, finding: Finding): string {
  const { severity, title, step, measured, matters, remedy, reference } = finding;
  return [
    `${variant}: ${severity} at step ${count(step)}: ${title}.`,
    ...[measured, matters, remedy, `${reference.title}: ${reference.url}`],
  ].join('\n  ');
}
