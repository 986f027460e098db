/** A certificate in plain words. What a file says of itself is what was found when it was exported. */
import type { Certificate, Validation } from '../../sidecar/protocol/onnx.ts';
import { bytes, count, figure, percent } from '../format.ts';

export interface Verdict {
  readonly severity: 'good' | 'warning' | 'error';
  readonly text: string;
}

export function verdict({ validation }: Certificate): Verdict {
  const { runtime, examples, maxAbsoluteError, maxRelativeError } = validation;
  const reason = validation.reason === undefined ? '' : ` ${validation.reason}`;
  const distance = `the largest error of an output is ${figure(maxAbsoluteError)}${boundOf(validation)}, ${figure(maxRelativeError)} relative`;
  switch (validation.outcome) {
    case 'validated':
      return {
        severity: 'good',
        text: `${runtime} computes what the training engine computes: on ${count(examples)} examples of the test set ${distance}.${reason}`,
      };
    case 'failed':
      return {
        severity: 'error',
        text: `${runtime} does not compute what the training engine computes: on ${count(examples)} examples of the test set ${distance}.${reason}`,
      };
    case 'not-validated':
      return { severity: 'warning', text: `The model was not validated.${reason}` };
    default:
      return validation.outcome satisfies never;
  }
}

/** In int8 errors have no bound of their own: what is bounded is said among the findings. */
function boundOf({ bounds, tolerance }: Validation): string {
  return bounds === undefined ? ` (bound ${figure(tolerance)})` : '';
}

/** Whole sentences on what else was found, those that apply. */
export function findings(certificate: Certificate): string[] {
  const { validation, trainedAccuracy, folding, speed } = certificate;
  const { classAgreement, runtimeAccuracy, engineAccuracy, nearTies, bounds, tolerance } =
    validation;
  const said: string[] = [];
  if (classAgreement !== null) {
    const ties = nearTies > 0 ? `; ${count(nearTies)} of the others are ties within the bound` : '';
    said.push(`Both predict the same class for ${percent(classAgreement)} of them${ties}.`);
  }
  const before = trainedAccuracy ?? engineAccuracy;
  if (runtimeAccuracy !== null && before !== null)
    said.push(
      `Accuracy was ${percent(before)} as trained and is ${percent(runtimeAccuracy)} in this form under the runtime.`,
    );
  if (bounds === 'accuracy')
    said.push(
      `Errors in int8 have no bound of their own; accuracy may fall by ${percent(tolerance)} at most.`,
    );
  if (bounds === 'range')
    said.push(
      `Single errors in int8 have no bound; their mean may be ${percent(tolerance)} of the range of predictions at most.`,
    );
  if (folding !== null)
    said.push(
      `Folded and unfolded model differ by ${figure(folding.maxAbsoluteError)} at most (bound ${figure(folding.tolerance)}).`,
    );
  if (speed !== null)
    said.push(
      `One example takes ${figure(speed.latency)} ms in one thread; in batches of ${count(speed.batchSize)} it computes ${count(Number(speed.throughput.toPrecision(3)))} examples a second.`,
    );
  said.push(`The model without this certificate is ${bytes(certificate.bytes)} long.`);
  return said;
}

export const fates: Readonly<Record<Certificate['batchNorms'][number]['fate'], string>> = {
  'folded-at-export': 'folded when the model was exported',
  'folded-by-runtime': 'a node that the runtime folds by itself',
  computed: 'a node that the runtime computes',
  unknown: 'a node; the runtime does not tell what it makes of it',
};
