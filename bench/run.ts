/**
 * `npm run bench [-- options]`: training steps of the engine against its peers on the same work, in turns, then what
 * only the engine is asked: its best kernel, its kernels' shares, and how its steps grow. Prints tables; the same as
 * JSON goes to `--json FILE`. Takes some ten minutes with all peers, best on a machine that does nothing else.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, type } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { allThreads, contestants } from './contestants.ts';
import { profile } from './engine.ts';
import { measureGrowth } from './growth.ts';
import { bestKernelRate } from './kernel-rate.ts';
import { type Measurement, measureWork } from './measure.ts';
import { operationsPerStep, works } from './networks.ts';
import { printRest, printWork, type Results } from './report.ts';
import { judge, judgeRates } from './targets.ts';

const { values: options } = parseArgs({
  options: {
    works: { type: 'string', default: 'a,b,c,d' },
    engines: { type: 'string', default: 'ours,pytorch,tfjs,jax-js' },
    rounds: { type: 'string', default: '3' },
    /** Milliseconds of a contestant in a round. */
    budget: { type: 'string', default: '1000' },
    json: { type: 'string', default: 'runs/bench.json' },
  },
});
const rounds = Number(options.rounds);
const budget = Number(options.budget);
const chosen = works.filter(({ name }) => options.works.split(',').includes(name));
const { present, absent } = contestants(options.engines.split(','));

const load = loadavg()[0];
const measurements: Measurement[] = [];
for (const work of chosen) {
  const times = await measureWork(work, present, { rounds, budget });
  printWork(work, times);
  measurements.push(...times);
}

const best = await bestKernelRate('relaxed', budget);
const rates = measurements
  .filter(
    ({ engine, variant, threads }) => engine === 'ours' && variant === 'relaxed' && threads === 1,
  )
  .filter(({ work, minimum }) => minimum !== null && ['a', 'b'].includes(work))
  .map(({ work, minimum }) => ({
    work,
    whole: operationsPerStep(works.find(({ name }) => name === work)!) / minimum! / 1e6,
    best: best.rate,
  }));
const profiles = [];
for (const work of chosen) {
  profiles.push({ work: work.name, kernels: await profile(work, 'relaxed', budget) });
}
const results: Results = {
  date: new Date().toISOString().slice(0, 10),
  command: `npm run bench -- ${process.argv.slice(2).join(' ')}`.trim(),
  machine: {
    ...{ processor: cpus()[0].model.trim(), cores: allThreads, system: `${type()} ${release()}` },
    load: [load, loadavg()[0]],
  },
  ...{ rounds, absent, measurements },
  versions: Object.assign({}, ...measurements.map(({ versions }) => versions)),
  kernels: { best, rates, profiles },
  growth: await measureGrowth(budget / 4),
  verdicts: [...judge(measurements, allThreads), ...judgeRates(rates)],
};
mkdirSync(dirname(options.json), { recursive: true });
writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
printRest(results);
console.log(`\nAlso in ${options.json}`);
process.exit();
