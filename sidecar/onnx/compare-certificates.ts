/**
 * Whether a certificate still holds. Its hashes find any change of the model since; its figures find another engine or
 * another runtime that computes differently, also where nobody keeps the hashes right. Speed is not judged: it is the
 * machine's.
 */
import type { Certificate, CertifiedPass, Revalidation } from '../protocol/onnx.ts';
import { closeCalls, logitTolerance, type Reference } from './compare.ts';
import { describePass } from './passes.ts';

/**
 * Rounding differs between processors and versions of a runtime by a small factor. An error so many times the certified
 * one comes of another computation, even where it is within the bound.
 */
const largestGrowth = 10;
/** Errors below this part of the bound are held against nobody. */
const negligible = 0.1;

/** `reference` is what `found` was compared with. */
export function compareCertificates(
  certified: Certificate,
  found: Certificate,
  reference: Reference,
): Revalidation {
  const ran = found.validation.outcome !== 'not-validated';
  const broken = [
    ...compareHashes(certified, found),
    ...(ran ? compareFigures(certified, found, slackOf(reference, certified)) : []),
  ];
  if (broken.length === 0) return { found, certified, broken };
  const { validation } = found;
  const reason = [validation.reason, ...broken].filter((each) => each !== undefined).join(' ');
  return {
    found: { ...found, validation: { ...validation, outcome: 'failed', reason } },
    certified,
    broken,
  };
}

function compareHashes(certified: Certificate, found: Certificate): string[] {
  const hashes = [
    [
      'modelSha256',
      'the model without its certificate',
      'its weights, its graph or what it says of itself have changed since. Export it again.',
    ],
    ['dataSha256', 'the data', 'the certificate speaks of other data. Export the model again.'],
    [
      'sourceSha256',
      'the network file',
      'the certificate speaks of another file. Export the model again.',
    ],
  ] as const;
  return hashes
    .filter(([key]) => certified[key] !== found[key])
    .map(
      ([key, what, meaning]) =>
        `SHA-256 of ${what}: expected the certified ${certified[key]}, found ${found[key] || 'none'}: ${meaning}`,
    );
}

/**
 * Examples whose class may differ from the certified one by rounding alone. In int8 the least difference can become a
 * whole step, so there as many may as its bound lets.
 */
function slackOf(reference: Reference, { validation: { bounds, tolerance } }: Certificate): number {
  return closeCalls(reference) + (bounds === 'accuracy' ? tolerance * reference.count : 0);
}

function compareFigures(certified: Certificate, found: Certificate, close: number): string[] {
  const { validation: before } = certified;
  const { validation: now } = found;
  const passes = certified.passes.flatMap((pass) => {
    const { batchSize, optimization, examples } = pass;
    const place = describePass(pass);
    const same = found.passes.find(
      (each) =>
        each.batchSize === batchSize &&
        each.optimization === optimization &&
        each.examples === examples,
    );
    return same === undefined
      ? [`${place}: expected ${examples} examples as certified, found no result.`]
      : comparePasses(place, pass, same, before.tolerance, close / examples);
  });
  // A runtime that refuses the model leaves nothing to say of the engine.
  if (now.examples === 0) return passes;
  const slack = close / now.examples;
  return [
    ...compareShare('accuracy in the engine', before.engineAccuracy, now.engineAccuracy, slack),
    ...passes,
  ];
}

function comparePasses(
  place: string,
  certified: CertifiedPass,
  found: CertifiedPass,
  tolerance: number,
  slack: number,
): string[] {
  const error = (what: string, before: number, now: number, bound: number) => {
    const allowed = Math.max(largestGrowth * before, negligible * bound);
    return now <= allowed
      ? []
      : [
          `${place}, largest ${what} error: expected the certified ${show(before)}, or ${show(allowed)} at most where rounding differs, found ${show(now)}.`,
        ];
  };
  return [
    ...error('absolute', certified.maxAbsoluteError, found.maxAbsoluteError, tolerance),
    ...error('relative', certified.maxRelativeError, found.maxRelativeError, logitTolerance),
    ...compareShare(`${place}, same class`, certified.classAgreement, found.classAgreement, slack),
    ...compareShare(
      `${place}, accuracy in the runtime`,
      certified.runtimeAccuracy,
      found.runtimeAccuracy,
      slack,
    ),
  ];
}

/** `slack`: the share of examples whose class rounding may change. */
function compareShare(
  what: string,
  certified: number | null,
  found: number | null,
  slack: number,
): string[] {
  if (certified === null || (found !== null && found >= certified - slack - Number.EPSILON))
    return [];
  const now = found === null ? 'none' : share(found);
  return [`${what}: expected the certified ${share(certified)}, found ${now}.`];
}

function show(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** With as many digits as tell one example of a hundred thousand. */
function share(value: number): string {
  return `${Number((100 * value).toPrecision(6))} %`;
}
