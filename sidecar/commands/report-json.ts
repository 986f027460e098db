/** Every event of a run as one line of JSON on standard output, which carries nothing else. */
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fromBase64 } from '../base64.ts';
import { layerBlocks } from '../runs/layer-statistics.ts';
import type { Run } from '../runs/run.ts';
import type { Reporter } from './reporter.ts';

/** Milliseconds between two `progress` lines of a variant. */
const progressEvery = 500;

export function jsonReporter(out: Writable): Reporter {
  const write = (line: object) => out.write(`${JSON.stringify(line, replaceNonFinite)}\n`);
  let timer: NodeJS.Timeout | undefined;
  const progress = (run: Run) => {
    for (const { variant, step, state, loss, examplesPerSecond } of run.summary().variants) {
      if (state === 'training')
        write({ event: 'progress', variant, step, loss, examplesPerSecond });
    }
  };
  return {
    started(run) {
      timer = setInterval(progress, progressEvery, run);
    },
    evaluated(_run, { name }, evaluation) {
      write({ event: 'evaluation', variant: name, ...evaluation });
    },
    probed(_run, { name }, { units, activations, ...probe }) {
      write({
        ...{ event: 'probe', variant: name, ...probe },
        activations: activations.map((each) => ({
          ...each,
          percentiles: thirds(fromBase64(each.percentiles)),
        })),
      });
    },
    found(_run, { name }, finding) {
      write({ event: 'finding', variant: name, ...finding });
    },
    controlled(_run, { name }, event) {
      write({ event: 'control', variant: name, ...event });
    },
    measured(_run, variant, step, block) {
      for (const { layer, quantities } of layerBlocks(variant.fields, block)) {
        const { inputMean, inputVariance, ...others } = quantities;
        write({
          event: 'statistics',
          variant: variant.name,
          step,
          layer,
          ...(inputMean && inputVariance
            ? { batchMean: [...inputMean], batchVariance: [...inputVariance] }
            : {}),
          ...Object.fromEntries(
            Object.entries(others).map(([name, values]) => [name, [...values]]),
          ),
        });
      }
    },
    ended(run) {
      clearInterval(timer);
      for (const variant of run.variants) {
        const { state, step, seconds, testLoss, testAccuracy, note, error } = variant.summary();
        const folder = run.folderOf(variant);
        write({
          event: state === 'failed' ? 'failed' : 'finished',
          variant: variant.name,
          step,
          state,
          weights: folder === null ? null : join(folder, 'weights.safetensors'),
          report: run.reportFiles?.json ?? null,
          trainedSteps: variant.trained?.step ?? 0,
          seconds,
          testLoss,
          testAccuracy,
          note,
          error,
        });
      }
    },
  };
}

/** The 15th, 50th and 85th percentile, each one number a unit. */
function thirds(values: Float32Array): number[][] {
  const units = values.length / 3;
  return [0, 1, 2].map((i) => [...values.subarray(i * units, (i + 1) * units)]);
}

/** JSON would turn these into null, which could mean anything. */
function replaceNonFinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
