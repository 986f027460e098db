/** The outcome of an export or a validation on standard output: for a person, or as one line of JSON. */
import Table from 'cli-table3';
import { count, figure } from '../figures.ts';
import type {
  Certificate,
  ExportResult,
  Folding,
  Revalidation,
  Validation,
  ValidationOutcome,
} from '../protocol/onnx.ts';

type Speed = NonNullable<Certificate['speed']>;

const verdicts: Readonly<Record<ValidationOutcome, string>> = {
  validated: 'onnxruntime agrees',
  failed: 'onnxruntime does not agree',
  'not-validated': 'not validated',
};

export function reportExport(result: ExportResult, json: boolean): void {
  const { certificate, path, page, folding, notes } = result;
  print(
    json
      ? [
          JSON.stringify({
            event: 'validation',
            path,
            ...certificate.validation,
            folding,
            certificate,
            page,
            notes,
          }),
        ]
      : [
          ...describeFolding(folding),
          ...notes,
          describe(certificate, path),
          `Certificate: ${page}`,
        ],
  );
}

export function reportRevalidation(
  { found, certified, broken }: Revalidation,
  path: string,
  json: boolean,
): void {
  const { validation } = found;
  print(
    json
      ? [JSON.stringify({ event: 'validation', path, ...validation, found, certified, broken })]
      : [
          describe(found, path, broken.length > 0 ? 'the certificate does not hold' : undefined),
          ...describeCertified(certified, found, broken),
        ],
  );
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Lines that say what was folded into what, and why the rest was not. */
export function describeFolding(folding: Folding | undefined): string[] {
  if (folding === undefined) return [];
  const { folded, kept } = folding;
  const lines = folded.map(({ batchnorm, into }) => `${batchnorm} is folded into ${into}.`);
  const none = lines.length + kept.length === 0 ? ['There is no batch normalization to fold.'] : [];
  return [...lines, ...kept.map(({ reason }) => reason), ...none];
}

/** What was certified at export, beside what was found above, and whether it still holds. */
function describeCertified(
  certified: Certificate | null,
  found: Certificate,
  broken: readonly string[],
): string[] {
  if (certified === null) {
    return ['The model carries no certificate: it was exported by an earlier version.'];
  }
  const { validation, speed } = certified;
  if (validation.outcome === 'not-validated' && broken.length === 0) {
    return [
      'No runtime could run the model when it was exported: its certificate has no figures to hold.',
    ];
  }
  const then = speed === null ? '' : `, ${describeSpeed(speed)}`;
  return [`Certificate: ${validation.runtime}${then}. ${holds(found, broken)}`];
}

function holds({ validation }: Certificate, broken: readonly string[]): string {
  if (broken.length > 0) return 'It no longer holds.';
  return validation.outcome === 'not-validated'
    ? 'Whether it holds could not be found out.'
    : 'It still holds.';
}

function describeSpeed({ latency, throughput, batchSize }: Speed): string {
  return `${figure(latency)} ms for one example, ${count(throughput)} examples a second in batches of ${batchSize}, one thread`;
}

function describe(
  { validation, speed, trainedAccuracy }: Certificate,
  path: string,
  verdict = verdicts[validation.outcome],
): string {
  const { outcome, reason, runtime, examples, batchSizes, nearTies } = validation;
  const rows = new Table({ style: { head: [], border: [] } });
  const agreement = validation.classAgreement;
  rows.push(
    { runtime },
    {
      examples: `${examples.toLocaleString('en-US')} at batch sizes ${batchSizes.join(', ')}, optimizations off and on`,
    },
    {
      'largest error': `${validation.maxAbsoluteError.toExponential(2)} absolute${describeBound(validation)}, ${validation.maxRelativeError.toExponential(2)} relative`,
    },
  );
  if (agreement !== null) {
    rows.push({
      'same class': `${percent(agreement)}${nearTies > 0 ? `, ${nearTies} near ties within the bound` : ''}`,
    });
  }
  const { bounds, tolerance } = validation;
  if (bounds !== undefined) rows.push({ 'int8 may cost': costs[bounds](percent(tolerance)) });
  const before = trainedAccuracy === null ? '' : `${percent(trainedAccuracy)} as trained, `;
  if (validation.engineAccuracy !== null && validation.runtimeAccuracy !== null) {
    rows.push({
      accuracy: `${before}${percent(validation.engineAccuracy)} in the engine, ${percent(validation.runtimeAccuracy)} in onnxruntime`,
    });
  }
  if (speed !== null) {
    rows.push({ speed: describeSpeed(speed) });
  }
  const said = `${path}: ${reason === undefined ? verdict : `${verdict}: ${reason}`}`;
  return outcome === 'not-validated' ? said : `${rows.toString()}\n${said}`;
}

/** How `Validation.bounds` is said. */
const costs = {
  accuracy: (share: string) => `${share} of the test set in accuracy`,
  range: (share: string) => `a mean error of ${share} of the range of predictions`,
} as const;

function describeBound({ bounds, tolerance }: Validation): string {
  return bounds === undefined ? ` (bound ${tolerance})` : '';
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
