/** Trains a network given as text, as the product does, and hands over what it found to be wrong. */
import type { Finding, FindingKind } from '../../sidecar/protocol/findings.ts';
import { prepareRun } from '../../sidecar/runs/prepare.ts';
import { Run } from '../../sidecar/runs/run.ts';
import type { VariantRun } from '../../sidecar/runs/variant-run.ts';

export interface Diagnosed {
  readonly variant: VariantRun;
  /** At the end. */
  readonly findings: readonly Finding[];
  /** All there have been, in the order they appeared. */
  readonly told: readonly Finding[];
}

/** `text` is a network file; one run of its base, or of the variant that is named. */
export async function diagnosed(
  text: string,
  {
    variant = 'base',
    steps,
    folder = import.meta.dirname,
  }: { variant?: string; steps?: number; folder?: string } = {},
): Promise<Diagnosed> {
  const prepared = await prepareRun({
    uri: 'test',
    place: 'test.bn.yaml',
    text,
    folder,
    variants: [variant],
    overrides: { steps },
  });
  const told: Finding[] = [];
  const listener = {
    found: (_run: Run, _variant: VariantRun, finding: Finding) => void told.push(finding),
  };
  const clock = () => performance.now();
  const run = new Run({ id: '1', prepared, folder: null, listener, clock });
  await run.train();
  const [only] = run.variants;
  return { variant: only, findings: only.summary().findings, told };
}

export function kinds(findings: readonly Finding[]): FindingKind[] {
  return findings.map(({ kind }) => kind);
}
