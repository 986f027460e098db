/** Points in the plane, generated: small sets whose classes no straight line parts. */
import { createHash } from 'node:crypto';
import type { DataSource, DataSummary } from '../network/types.ts';
import { type Random, seededRandom } from '../random.ts';
import { DataError } from './error.ts';
import { splitSizes } from './split.ts';
import { tabularDataSet } from './tabular.ts';
import type { DataSet } from './types.ts';

type Synthetic = Extract<DataSource, { readonly kind: 'spirals' | 'moons' | 'circles' }>;
type Point = readonly [x: number, y: number];

/** Changes whenever a generator does, so that the hash never names two different sets. */
const version = 1;
const maximumExamples = 1_000_000;

/** Classes take turns, so that each has its share to within one; noise is Gaussian, added to both coordinates. */
export function loadSynthetic(source: Synthetic): DataSet {
  checkSource(source);
  const { kind, examples, noise, classes, seed } = source;
  const random = seededRandom(seed, kind);
  const inputs = new Float32Array(examples * 2);
  const targets = new Int32Array(examples);
  for (let i = 0; i < examples; i++) {
    targets[i] = i % classes;
    const [x, y] = generators[kind](targets[i], classes, random);
    inputs[2 * i] = x + noise * random.normal();
    inputs[2 * i + 1] = y + noise * random.normal();
  }
  const description = JSON.stringify({ kind, version, examples, noise, classes, seed });
  return tabularDataSet(
    {
      name: kind,
      featureNames: ['x', 'y'],
      inputs,
      targets,
      classes: classNames(classes),
      standardized: [true, true],
      hash: createHash('sha256').update(description).digest('hex'),
    },
    source,
    seed,
  );
}

/** What `loadSynthetic` would say of its set; fails as it would, without a point being made. */
export function summarizeSynthetic(source: Synthetic): DataSummary {
  checkSource(source);
  const { kind, examples, classes } = source;
  const sizes = Array.from({ length: classes }, (_, i) => Math.ceil((examples - i) / classes));
  const { test, validation } = splitSizes(sizes, source, kind);
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  return {
    name: kind,
    input: [2],
    classes: classNames(classes),
    trainExamples: examples - sum(test) - sum(validation),
    testExamples: sum(test),
  };
}

function classNames(classes: number): readonly string[] {
  return Array.from({ length: classes }, (_, i) => String(i));
}

const generators: Readonly<
  Record<Synthetic['kind'], (label: number, classes: number, random: Random) => Point>
> = {
  /** One arm a class, wound so that neighbouring arms stay 1/3.5 apart however many there are. */
  spirals(label, classes, random) {
    const radius = random.uniform();
    const turns = (3.5 / classes) * radius + label / classes;
    return [radius * Math.cos(2 * Math.PI * turns), radius * Math.sin(2 * Math.PI * turns)];
  },
  /** Two half circles of radius 1 that reach into each other. */
  moons(label, _classes, random) {
    const angle = Math.PI * random.uniform();
    return label === 0
      ? [Math.cos(angle), Math.sin(angle)]
      : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
  },
  /** A circle of radius 1 around one of radius 1/2. */
  circles(label, _classes, random) {
    const angle = 2 * Math.PI * random.uniform();
    const radius = label === 0 ? 1 : 0.5;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  },
};

function checkSource({ kind, examples, noise, classes }: Synthetic): void {
  const check = (fits: boolean, field: string, expected: string, found: number) => {
    if (fits) return;
    const remedy = `change ${field} under data`;
    throw new DataError({ place: kind, expected, found: String(found), remedy });
  };
  const whole = Number.isInteger(examples) && examples >= 2 && examples <= maximumExamples;
  check(whole, 'examples', `from 2 to ${maximumExamples} examples`, examples);
  check(Number.isFinite(noise) && noise >= 0, 'noise', 'a noise of 0 or more', noise);
  if (kind === 'spirals') {
    const fits = Number.isInteger(classes) && classes >= 2 && classes <= 100;
    check(fits, 'classes', 'from 2 to 100 classes', classes);
  } else check(classes === 2, 'classes', '2 classes', classes);
  check(
    examples >= classes,
    'examples',
    `at least one example for each of ${classes} classes`,
    examples,
  );
}
