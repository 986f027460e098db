/**
 * Made-up runs for the dashboard's tests and previews: a seeded simulator with curves like those of the paper's MNIST
 * network. Nothing is trained; the figures mean nothing.
 */
import type { Probe, UnitField } from '../../sidecar/protocol/probes.ts';
import type { RunSummary, VariantSummary } from '../../sidecar/protocol/runs.ts';
import type {
  Column,
  Evaluation,
  LayerDescription,
  Quantity,
  RunFrame,
  RunSnapshot,
} from '../../sidecar/protocol/statistics.ts';

export interface FeedOptions {
  readonly variants?: readonly string[];
  /** Whether a variant has normalization; by default all but those called `without-…`. */
  readonly normalized?: (variant: string) => boolean;
  readonly hiddenLayers?: number;
  readonly steps?: number;
  /** Steps between two rows. */
  readonly every?: number;
  readonly name?: string;
  readonly runId?: string;
  /** Turns a layer's name into another. */
  readonly rename?: (layer: string) => string;
  /** Step from which the loss of this variant is NaN. */
  readonly diverges?: { readonly variant: string; readonly step: number };
}

interface SimulatedVariant {
  readonly name: string;
  readonly layers: readonly LayerDescription[];
  readonly columns: readonly Column[];
  readonly rows: readonly Float32Array[];
  readonly evaluations: readonly Evaluation[];
  readonly unitFields: readonly UnitField[];
  readonly probes: readonly Probe[];
}

/** A whole run, from which snapshots and frames are cut at any row. */
export class Feed {
  readonly variants: readonly SimulatedVariant[];
  readonly steps: number;
  readonly every: number;
  readonly #options: FeedOptions;

  constructor(options: FeedOptions = {}) {
    this.#options = options;
    this.steps = options.steps ?? 2000;
    this.every = options.every ?? Math.max(1, Math.ceil(this.steps / 1000));
    const names = options.variants ?? ['base', 'without-batchnorm'];
    this.variants = names.map((name, index) => this.#simulate(name, index));
  }

  /** Number of rows that a variant has in the end. */
  get rowCount(): number {
    return this.variants[0].rows.length;
  }

  snapshot(rows: number, changes: Partial<VariantSummary> = {}): RunSnapshot {
    return {
      run: this.run(rows, changes),
      variants: this.variants.map((variant) => ({
        variant: variant.name,
        layers: variant.layers,
        columns: variant.columns,
        rows: { first: 0, count: rows, values: encode(variant.rows.slice(0, rows)) },
        evaluations: this.#within(variant, variant.evaluations, 0, rows),
        unitFields: variant.unitFields,
        probes: this.#within(variant, variant.probes, 0, rows),
      })),
    };
  }

  frame(from: number, to: number, changes: Partial<VariantSummary> = {}): RunFrame {
    return {
      run: this.run(to, changes),
      variants: this.variants.map((variant) => ({
        variant: variant.name,
        rows: { first: from, count: to - from, values: encode(variant.rows.slice(from, to)) },
        evaluations: this.#within(variant, variant.evaluations, from, to),
        probes: this.#within(variant, variant.probes, from, to),
      })),
    };
  }

  run(rows: number, changes: Partial<VariantSummary> = {}): RunSummary {
    const { name = 'mnist', runId = 'run-1' } = this.#options;
    return {
      runId,
      uri: `file:///work/${name}.bn.yaml`,
      name,
      folder: null,
      variants: this.variants.map((variant) => {
        const step = rows === 0 ? 0 : variant.rows[rows - 1][0];
        const evaluation = this.#within(variant, variant.evaluations, 0, rows).at(-1);
        const loss = rows === 0 ? Number.NaN : variant.rows[rows - 1][1];
        return {
          variant: variant.name,
          state: rows === this.rowCount ? 'finished' : 'training',
          step,
          steps: this.steps,
          loss: Number.isFinite(loss) ? loss : null,
          testLoss: evaluation?.testLoss ?? null,
          testAccuracy: evaluation?.testAccuracy ?? null,
          learningRate: 0.1,
          examplesPerSecond: 30_600,
          seconds: step * 0.00196,
          findings: [],
          ...changes,
        };
      }),
    };
  }

  /** What came with rows `from` to `to`. */
  #within<T extends { readonly step: number }>(
    { rows }: SimulatedVariant,
    all: readonly T[],
    from: number,
    to: number,
  ): T[] {
    const start = from === 0 ? -1 : rows[from - 1][0];
    const end = to === 0 ? -1 : rows[to - 1][0];
    return all.filter(({ step }) => step > start && step <= end);
  }

  #simulate(name: string, index: number): SimulatedVariant {
    const isNormalized = (this.#options.normalized ?? ((each) => !each.startsWith('without')))(
      name,
    );
    const rename = this.#options.rename ?? ((layer) => layer);
    const layers = layersOf(isNormalized, this.#options.hiddenLayers ?? 3).map((layer) => ({
      ...layer,
      name: rename(layer.name),
    }));
    const columns = columnsOf(layers);
    const speed = isNormalized ? 90 + 25 * index : 420 + 60 * index;
    const random = randomNumbers(index + 1);
    const { diverges } = this.#options;
    const rows: Float32Array[] = [];
    for (let step = 0; step <= this.steps; step += this.every) {
      const noise = new Map<string, number>();
      const row = columns.map((column) => {
        if (diverges?.variant === name && step >= diverges.step) return Number.NaN;
        const key = `${column.layer}${column.quantity}`;
        if (!noise.has(key)) noise.set(key, gaussian(random));
        return simulated(column, layers, step, speed, isNormalized, noise.get(key)!);
      });
      rows.push(Float32Array.from([step, ...row]));
    }
    const evaluations: Evaluation[] = [];
    for (let step = 0; step <= this.steps; step += Math.max(1, this.steps / 20)) {
      const progress = 1 - Math.exp(-step / speed);
      const best = isNormalized ? 0.955 : 0.9;
      evaluations.push({
        step,
        testLoss: 2.4 - 2.15 * progress + 0.02 * gaussian(random),
        testAccuracy: 0.1 + (best - 0.1) * progress + 0.004 * gaussian(random),
        validationLoss: null,
        validationAccuracy: null,
      });
    }
    const unitFields = unitFieldsOf(layers);
    const at = (step: number) => ({ layers, unitFields, step, speed, isNormalized });
    const probes = evaluations.map(({ step }, place) =>
      simulatedProbe(at(step), place === 0, randomNumbers(1000 * (index + 1) + place)),
    );
    return { name, layers, columns, rows, evaluations, unitFields, probes };
  }
}

function layersOf(isNormalized: boolean, hidden: number): LayerDescription[] {
  const layers: Omit<LayerDescription, 'line' | 'inputs'>[] = [];
  let inputs = 784;
  for (let depth = 1; depth <= hidden; depth++) {
    const weights = inputs * 100 + (isNormalized ? 0 : 100);
    layers.push({ name: `dense${depth}`, kind: 'dense', output: [100], parameters: weights });
    if (isNormalized) {
      const normalization = { kind: 'batchnorm', output: [100], parameters: 200 };
      layers.push({ name: `batchnorm${depth}`, ...normalization });
    }
    layers.push({ name: `sigmoid${depth}`, kind: 'sigmoid', output: [100], parameters: 0 });
    inputs = 100;
  }
  layers.push({ name: `dense${hidden + 1}`, kind: 'dense', output: [10], parameters: 1010 });
  return layers.map((layer, index) => ({
    ...layer,
    inputs: [layers[index - 1]?.name ?? 'input'],
    line: index + 3,
  }));
}

function columnsOf(layers: readonly LayerDescription[]): Column[] {
  const network = (['loss', 'accuracy', 'learningRate'] as const).map((quantity) => ({
    layer: null,
    quantity,
    statistic: 'value' as const,
  }));
  return [...network, ...layers.flatMap(columnsOfLayer)];
}

function columnsOfLayer({ name, kind, parameters }: LayerDescription): Column[] {
  const perUnit: Quantity[] = ['outputMean', 'outputVariance'];
  if (kind === 'batchnorm') {
    perUnit.push('inputMean', 'inputVariance', 'runningMean', 'runningVariance', 'gamma', 'beta');
  }
  const units = perUnit.flatMap((quantity) =>
    (['low', 'mid', 'high'] as const).map((statistic) => ({ layer: name, quantity, statistic })),
  );
  const single = (['gradientNorm', 'updateRatio'] as const).map((quantity) => ({
    layer: name,
    quantity,
    statistic: 'value' as const,
  }));
  return parameters > 0 ? [...units, ...single] : units;
}

function simulated(
  { layer, quantity, statistic }: Column,
  layers: readonly LayerDescription[],
  step: number,
  speed: number,
  isNormalized: boolean,
  noise: number,
): number {
  const progress = 1 - Math.exp(-step / speed);
  const place = layers.findIndex(({ name }) => name === layer);
  const kind = layers[place]?.kind;
  const side = statistic === 'low' ? -1 : statistic === 'high' ? 1 : 0;
  const wander = Math.sin(step / 310 + place) * 0.15 * progress;
  const trailing = 1 - Math.exp(-step / 10);
  switch (quantity) {
    case 'loss':
      return Math.max(0.02, 2.4 - 2.2 * progress) * Math.exp(0.09 * noise);
    case 'accuracy':
      return 0.1 + 0.84 * progress + 0.02 * noise;
    case 'learningRate':
      return 0.1;
    case 'gradientNorm':
      return (isNormalized ? 0.4 : 0.002 * 6 ** (place / 3)) * Math.exp(-progress + 0.12 * noise);
    case 'updateRatio':
      return 1e-3 * Math.exp(-progress + 0.15 * noise) * (isNormalized ? 1 : 0.06);
    case 'gamma':
      return 1 + 0.2 * progress + side * 0.1;
    case 'beta':
      return wander / 2 + side * 0.1;
    case 'runningMean':
      return (wander * 3 + side * 0.8 * (1 + progress)) * trailing;
    case 'runningVariance':
      return 1 + (level(step, place, progress, isNormalized) * 3 ** side - 1) * trailing;
    case 'inputMean':
      return wander * 3 + side * 0.8 * (1 + progress) + 0.06 * noise;
    case 'inputVariance':
      return level(step, place, progress, isNormalized) * 3 ** side * Math.exp(0.08 * noise);
    case 'outputMean':
      if (kind === 'sigmoid') return 0.5 + wander / 4 + side * 0.15 + 0.004 * noise;
      if (kind === 'batchnorm') return wander / 2 + side * 0.1;
      return wander * 3 + side * 0.8 * (1 + progress) + 0.06 * noise;
    case 'outputVariance': {
      if (kind === 'sigmoid') {
        return (isNormalized ? 0.05 : 0.004) * (1 + progress) * 2 ** side * Math.exp(0.05 * noise);
      }
      if (kind === 'batchnorm') return (1 + 0.3 * progress) * 1.25 ** side;
      return level(step, place, progress, isNormalized) * 3 ** side * Math.exp(0.08 * noise);
    }
  }
}

/** Typical variance of a dense layer's output: large where normalization lets it grow, tiny deep down without it. */
function level(step: number, place: number, progress: number, isNormalized: boolean): number {
  if (place < 2) return 1 + 1.5 * progress;
  return isNormalized ? 0.6 + 3 * progress + Math.sin(step / 200) * 0.2 : 0.02 * (1 + 9 * progress);
}

function unitFieldsOf(layers: readonly LayerDescription[]): UnitField[] {
  const fields: UnitField[] = [];
  let offset = 0;
  for (const layer of layers) {
    const quantities = new Set(
      columnsOfLayer(layer).flatMap(({ quantity, statistic }) =>
        statistic === 'value' ? [] : [quantity],
      ),
    );
    for (const quantity of quantities) {
      const [length] = layer.output;
      fields.push({ layer: layer.name, quantity, offset, length });
      offset += length;
    }
  }
  return fields;
}

interface Moment {
  readonly layers: readonly LayerDescription[];
  readonly unitFields: readonly UnitField[];
  readonly step: number;
  readonly speed: number;
  readonly isNormalized: boolean;
}

/** Examples in the made-up probe batch. */
const probeExamples = 20;

function simulatedProbe(moment: Moment, isFirst: boolean, random: () => number): Probe {
  const { layers, step, speed, isNormalized } = moment;
  const progress = 1 - Math.exp(-step / speed);
  const activations = layers.filter(({ kind }) => kind === 'sigmoid');
  const learned = layers.filter(({ kind }) => kind === 'dense');
  return {
    step,
    activations: activations.map((layer, depth) => {
      const spread = isNormalized ? 1 : 0.5 + 3.2 * progress * (depth + 1) ** 0.5;
      const inputs = Array.from({ length: layer.output[0] }, () => {
        const mean = spread * gaussian(random);
        return Array.from({ length: probeExamples }, () => mean + spread * gaussian(random));
      });
      return simulatedActivation(layer.name, inputs);
    }),
    shifts: learned.map(({ name }, depth) => ({
      layer: name,
      wasserstein: isFirst ? null : 0.02 + 0.5 * depth * Math.exp(-progress) * random(),
      gradientAngle: depth === learned.length - 1 ? null : 5 + 20 * progress * random(),
      gradientDistance: depth === learned.length - 1 ? null : 0.1 + 0.3 * random(),
    })),
    gaps: [],
    ...{ batchLoss: null, batchAccuracy: null, runningLoss: null, runningAccuracy: null },
    units: simulatedUnits(moment),
  };
}

/** `inputs` by unit and example. */
function simulatedActivation(layer: string, inputs: readonly (readonly number[])[]) {
  const all = inputs.flat();
  const low = Math.min(...all);
  const high = Math.max(...all);
  const counts = Array.from({ length: 32 }, () => 0);
  for (const u of all) counts[Math.min(31, Math.floor(((u - low) / (high - low)) * 32))] += 1;
  const slopes = all.map((u) => 1 / (2 + 2 * Math.cosh(u)));
  const percentiles = [0.15, 0.5, 0.85].flatMap((share) =>
    inputs.map((own) => own.toSorted((a, b) => a - b)[Math.floor(share * own.length)]),
  );
  return {
    layer,
    histogram: { low, high, counts },
    saturated: slopes.filter((slope) => slope < 0.025).length / slopes.length,
    saturatedUnits: 0.25,
    derivative: slopes.reduce((sum, slope) => sum + slope, 0) / slopes.length,
    dead: 0,
    percentiles: encode([Float32Array.from(percentiles)]),
  };
}

/** Units around the simulated median, each at a place of its own that it keeps. */
function simulatedUnits({ layers, unitFields, step, speed, isNormalized }: Moment): string {
  const values = unitFields.flatMap(({ layer, quantity, length }) => {
    const [low, mid, high] = (['low', 'mid', 'high'] as const).map((statistic) => {
      const column = { layer, quantity: quantity as Quantity, statistic };
      return simulated(column, layers, step, speed, isNormalized, 0);
    });
    const random = randomNumbers(length + layers.findIndex(({ name }) => name === layer));
    return Array.from({ length }, () => {
      const place = gaussian(random);
      if (quantity.endsWith('Variance')) return mid * (high / mid) ** place;
      return mid + place * (place < 0 ? mid - low : high - mid);
    });
  });
  return encode([Float32Array.from(values)]);
}

function encode(rows: readonly Float32Array[]): string {
  return Buffer.concat(rows.map((row) => Buffer.from(row.buffer))).toString('base64');
}

/** Mulberry32: small, seeded, good enough for curves that look alive. */
function randomNumbers(seed: number): () => number {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
