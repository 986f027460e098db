/** What is said of an exported or validated model. */
import type {
  Certificate,
  ExportChoices,
  ExportResult,
  Folding,
  Revalidation,
  Validation,
} from '../../sidecar/protocol/onnx.ts';
import type { RunSummary } from '../../sidecar/protocol/runs.ts';
import { count, percent } from '../status-text.ts';

/** Reasons that a message has room for. */
const mostReasons = 3;

export interface Outcome {
  readonly severity: 'info' | 'warning' | 'error';
  readonly text: string;
}

/** The last part of a path, by either separator. */
export function modelName(path: string): string {
  return path.split(/[\\/]/).at(-1)!;
}

/** Of an export: where the model lies, whether onnxruntime agrees with it, what its form cost and says, and what was folded. */
export function exportText(
  { path, folding, certificate, notes }: Told,
  precision: ExportChoices['precision'],
): Outcome {
  const { severity, text } = validationOf(path, certificate.validation);
  const cost = precision === 'float32' ? null : costText(precision, certificate);
  const folded = folding === undefined ? null : foldingText(folding);
  return {
    severity,
    text: [text, cost, ...notes, folded].filter((part) => part !== null).join(' '),
  };
}

type Told = Pick<ExportResult, 'path' | 'folding' | 'certificate' | 'notes'>;

/** Accuracy before and after the weights were made smaller; null of a regression. */
function costText(
  precision: ExportChoices['precision'],
  { trainedAccuracy, validation: { runtimeAccuracy } }: Certificate,
): string | null {
  if (trainedAccuracy === null || runtimeAccuracy === null) return null;
  return `Accuracy ${percent(trainedAccuracy)} as trained, ${percent(runtimeAccuracy)} in ${precision}.`;
}

function foldingText(folding: Folding): string {
  const { folded, kept } = folding;
  const all = folded.length + kept.length;
  if (all === 0) return 'There was no batch normalization to fold.';
  const said = `Folded into weights: ${folded.length} of ${all} batch normalizations.`;
  return [said, ...keptReasons(folding)].join(' ');
}

/** Why batch normalizations are nodes still, as far as a message has room. */
export function keptReasons({ kept }: Folding): string[] {
  const more = kept.length - mostReasons;
  return [
    ...kept.slice(0, mostReasons).map(({ reason }) => reason),
    ...(more > 0 ? [`${count(more)} more are kept; the model's editor says why.`] : []),
  ];
}

function validationOf(path: string, validation: Validation): Outcome {
  const name = modelName(path);
  switch (validation.outcome) {
    case 'validated':
      return { severity: 'info', text: `Exported ${name}. ${agreement(validation)}` };
    case 'failed':
      return {
        severity: 'error',
        text: `The exported model failed its validation and was kept as ${name}. ${agreement(validation)}`,
      };
    case 'not-validated':
      return {
        severity: 'warning',
        text: `Exported ${name}, which could not be validated: ${validation.reason ?? 'no reason given'}`,
      };
    default:
      return validation.outcome satisfies never;
  }
}

/** Of a run whose results ended with the process that held them. */
export function goneText({ name }: Pick<RunSummary, 'name'>): string {
  return `The results of ${name} were in memory alone, and the process that trained it has ended. Train it again to export it.`;
}

/** Of a model that was there already: whether onnxruntime agrees with it, and whether its certificate still holds. */
export function validationText(name: string, { found, certified, broken }: Revalidation): Outcome {
  const { validation } = found;
  if (broken.length > 0) {
    const text = `The certificate of ${name} no longer holds. ${validation.reason}`;
    return { severity: 'error', text };
  }
  switch (validation.outcome) {
    case 'validated':
      return {
        severity: 'info',
        text: `${name} is valid. ${agreement(validation)} ${certificateText(certified)}`,
      };
    case 'failed':
      return { severity: 'error', text: `${name} failed its validation. ${agreement(validation)}` };
    case 'not-validated':
      return {
        severity: 'warning',
        text: `${name} could not be validated: ${validation.reason ?? 'no reason given'}`,
      };
    default:
      return validation.outcome satisfies never;
  }
}

function certificateText(certified: Certificate | null): string {
  if (certified === null) return 'It carries no certificate: an earlier version exported it.';
  return certified.validation.outcome === 'not-validated'
    ? 'No runtime could run it when it was exported: its certificate has no figures to hold.'
    : 'Its certificate holds.';
}

function agreement(validation: Validation): string {
  const { runtime, examples, maxAbsoluteError, maxRelativeError, tolerance, bounds } = validation;
  // In int8 errors have no bound of their own.
  const bound = bounds === undefined ? ` (bound ${shortFigure(tolerance)})` : '';
  const agrees = validation.outcome === 'validated' ? 'agrees' : 'does not agree';
  const parts = [
    `${runtime} ${agrees} on ${count(examples)} examples`,
    `largest error ${shortFigure(maxAbsoluteError)} absolute${bound}, ${shortFigure(maxRelativeError)} relative`,
  ];
  if (validation.classAgreement !== null)
    parts.push(`same class for ${percent(validation.classAgreement)}`);
  if (validation.runtimeAccuracy !== null)
    parts.push(`accuracy ${percent(validation.runtimeAccuracy)}`);
  const reason = validation.reason === undefined ? '' : ` ${validation.reason}`;
  return `${parts.join(', ')}.${reason}`;
}

/** Three significant digits, without zeros that say nothing: `3.14e-6`, `1e-4`, `0.5`. */
export function shortFigure(value: number): string {
  if (value === 0 || value >= 1e-3) return String(Number(value.toPrecision(3)));
  return value.toExponential(2).replace(/\.?0+e/, 'e');
}
