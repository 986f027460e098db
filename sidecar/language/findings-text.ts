/** What a run has found to be wrong with a layer, in two lines of its hover. */
import type { Finding } from '../protocol/findings.ts';
import type { RunSummary } from '../protocol/runs.ts';
import { count } from './figures.ts';
import { escapeProse, escapeText } from './markdown.ts';

/** Markdown; empty when nothing is wrong with these layers in these variants. */
export function findingsText(
  layers: readonly string[],
  variants: readonly string[],
  run: RunSummary | null,
): string {
  const several = variants.length > 1;
  const found = (run?.variants ?? []).flatMap(({ variant, findings }) =>
    variants.includes(variant)
      ? findings
          .filter(({ layer }) => layer !== null && layers.includes(layer))
          .map((finding) => findingText(finding, several ? variant : null))
      : [],
  );
  return found.join('\n\n');
}

/** `⚠ **what is wrong** · step 1,240` and below it what was measured, what would do, and where to read on. */
function findingText(finding: Finding, variant: string | null): string {
  const { title, step, measured, remedy, reference } = finding;
  const parts = [`⚠ **${escapeProse(title)}**`, `step ${count(step)}`];
  if (variant !== null) parts.push(escapeText(variant));
  const source = `[${escapeProse(reference.title)}](${reference.url})`;
  return `${parts.join(' · ')}  \n${escapeProse(measured)} ${escapeProse(remedy)} ${source}`;
}

/** Whether anything is known to be wrong with a layer. */
export function hasFinding(layer: string, variant: string, run: RunSummary | null): boolean {
  const summary = run?.variants.find((each) => each.variant === variant);
  return summary?.findings.some((finding) => finding.layer === layer) ?? false;
}
