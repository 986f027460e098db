/** What a report ends with: what was noticed on the way, and where everything comes from. */
import type { ControlEvent } from '../protocol/control.ts';
import { type Block, heading, type Prose, paragraph } from './document.ts';
import { count } from './format.ts';
import { type Report, singleVariants, type VariantReport } from './report.ts';

export function remarks(report: Report): Block[] {
  // Cells of a heat map show by themselves what became of them.
  const variants = singleVariants(report);
  const findings = variants.flatMap(({ variant, findings: found }) =>
    found.map(
      ({ title, step, measured, matters, remedy, reference }): Prose => [
        `${variant}, step ${count(step)}: ${title}. ${measured} ${matters} ${remedy} (`,
        { words: reference.title, url: reference.url },
        ')',
      ],
    ),
  );
  const changes = variants.flatMap(({ variant, events }) =>
    events.map(({ step, effect }): Prose => `${variant}, step ${count(step)}: ${effect}`),
  );
  const endings = variants.flatMap(({ variant, error, note }) =>
    [error, note].flatMap((each): Prose[] => (each === null ? [] : [`${variant}: ${each}`])),
  );
  return [
    ...section('What went wrong or ended early', endings),
    ...section('Findings', findings),
    ...section('Changed by hand', changes, interference(variants)),
  ];
}

/** What costs time and leaves every figure as it would have been. */
const harmless: ReadonlySet<ControlEvent['action']['kind']> = new Set([
  'pause',
  'continue',
  'step',
]);

function interference(variants: readonly VariantReport[]): string {
  const changed = variants.some(({ events }) =>
    events.some(({ action: { kind } }) => !harmless.has(kind)),
  );
  return changed
    ? 'Somebody interfered while this was trained, so the file alone does not give the same figures again.'
    : 'Somebody paused while this was trained; that changes no figure.';
}

function section(title: string, items: readonly Prose[], before?: string): Block[] {
  if (items.length === 0) return [];
  return [
    heading(title),
    ...(before === undefined ? [] : [paragraph(before)]),
    { kind: 'list', items },
  ];
}

export function origin({ file, data, versions, command, variants }: Report): Block[] {
  const parts = [
    `${count(data.trainExamples)} training`,
    ...(data.validationExamples > 0 ? [`${count(data.validationExamples)} validation`] : []),
    `${count(data.testExamples)} test`,
  ];
  const seeds = [...new Set(variants.map(({ seed }) => seed))];
  return [
    heading('Where this comes from'),
    {
      kind: 'list',
      items: [
        ['Repeat it with ', { code: command }, ' in the folder of the file.'],
        [`File: ${file.name}, SHA-256 `, { code: file.sha256 }],
        [
          `Data: ${data.name}, ${parts.join(', ')} examples of shape [${data.input.join(', ')}], SHA-256 `,
          { code: data.hash },
        ],
        `Seed${seeds.length === 1 ? '' : 's'}: ${seeds.join(', ')}`,
        `Versions: ${Object.entries(versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', ')}`,
      ],
    },
    {
      kind: 'details',
      summary: `${file.name}, as it was trained`,
      content: { kind: 'code', text: file.text },
    },
  ];
}
