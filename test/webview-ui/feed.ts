/**
 * Made-up runs for the dashboard's tests and previews: a seeded simulator with curves like those of the paper's MNIST
 * network. Nothing is trained; the figures mean nothing.
 */
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
        evaluations: this.#evaluations(variant, 0, rows),
      })),
    };
  }

  frame(from: number, to: number, changes: Partial<VariantSummary> = {}): RunFrame {
    return {
      run: this.run(to, changes),
      variants: this.variants.map((variant) => ({
        variant: variant.name,
        rows: { first: from, count: to - from, values: encode(variant.rows.slice(from, to)) },
        evaluations: this.#evaluations(variant, from, to),
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
        const evaluation = this.#evaluations(variant, 0, rows).at(-1);
        const loss = rows === 0 ? Number.NaN : variant.rows[rows - 1][1];
        return {
          variant: variant.name,
          state: rows === this.rowCount ? 'finished' : 'training',
          step,
          steps: this.steps,
          loss: Number.isFinite(loss) ? loss : null,
          testLoss: evaluation?.testLoss ?? null,
          testAccuracy: evaluation?.testAccuracy ?? null,
          examplesPerSecond: 30_600,
          seconds: step * 0.00196,
          findings: [],
          ...changes,
        };
      }),
    };
  }

  #evaluations(variant: SimulatedVariant, from: number, to: number): Evaluation[] {
    const start = from === 0 ? -1 : variant.rows[from - 1][0];
    const end = to === 0 ? -1 : variant.rows[to - 1][0];
    return variant.evaluations.filter(({ step }) => step > start && step <= end);
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
    return { name, layers, columns, rows, evaluations };
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
