/** What was found out about a model of ours when it was exported. */
import type { Certificate, CertifiedPass } from '../../sidecar/protocol/onnx.ts';
import { element } from '../dom.ts';
import { absent, count, figure, percent } from '../format.ts';
import { renderPlainTable } from '../table.ts';
import { fates, findings, verdict } from './certificate-text.ts';
import type { SectionPlan } from './section.ts';
import { cut, nameOf, sentence, visible } from './words.ts';

const outcomes = {
  validated: 'validated',
  failed: 'failed',
  'not-validated': 'not validated',
} as const;

export function certificateSection(certificate: Certificate): SectionPlan {
  return {
    key: 'certificate',
    title: 'Certificate',
    extent: outcomes[certificate.validation.outcome],
    make: () => content(certificate),
  };
}

function content(certificate: Certificate): HTMLElement {
  const { passes, batchNorms, modelSha256, sourceSha256, dataSha256 } = certificate;
  const { severity, text } = verdict(certificate);
  return element(
    'div',
    { class: 'certificate' },
    element('p', { class: 'verdict', 'data-severity': severity }, sentence(text)),
    element(
      'ul',
      { class: 'plain' },
      ...findings(certificate).map((each) => element('li', {}, each)),
    ),
    element(
      'p',
      { class: 'muted' },
      'This is what the file says of itself. Validate Again computes it anew on this machine.',
    ),
    ...(passes.length > 0 ? [tableOf(passes)] : []),
    ...(batchNorms.length > 0 ? [fatesOf(certificate)] : []),
    element(
      'dl',
      { class: 'hashes' },
      ...hash('Model without this certificate, SHA-256', modelSha256),
      ...hash('Network file, SHA-256', sourceSha256),
      ...hash('Data, SHA-256', dataSha256),
    ),
  );
}

function tableOf(passes: readonly CertifiedPass[]): HTMLElement {
  const hasClasses = passes.some(({ classAgreement }) => classAgreement !== null);
  const share = (value: number | null) => (value === null ? absent : percent(value));
  const columns = ['batch size', 'optimization', 'examples', 'largest error', 'relative'];
  const rows = passes.map((pass) => [
    count(pass.batchSize),
    pass.optimization === 'all' ? 'all' : 'none',
    count(pass.examples),
    figure(pass.maxAbsoluteError),
    figure(pass.maxRelativeError),
    ...(hasClasses ? [share(pass.classAgreement), share(pass.runtimeAccuracy)] : []),
  ]);
  const table = renderPlainTable(
    { columns: hasClasses ? [...columns, 'same class', 'accuracy'] : columns, rows },
    'Every way in which the runtime computed the model, compared with the engine',
  );
  const attributes = { tabindex: 0, role: 'region', 'aria-label': 'Passes of the certificate' };
  return element('div', { class: 'table', ...attributes }, table);
}

function fatesOf({ batchNorms }: Certificate): HTMLElement {
  return element(
    'ul',
    { class: 'plain' },
    ...batchNorms
      .slice(0, 200)
      .map(({ name, fate }) =>
        element('li', {}, nameOf(name), element('span', { class: 'muted' }, `: ${fates[fate]}`)),
      ),
  );
}

function hash(title: string, value: string): HTMLElement[] {
  return [
    element('dt', {}, title),
    element('dd', { class: 'hash' }, value === '' ? absent : visible(cut(value, 80))),
  ];
}
