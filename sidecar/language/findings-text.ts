/** What a run has found to be wrong with a layer or with the whole network, in two lines of a hover. */
import type { Finding } from '../protocol/findings.ts';
import type { RunSummary } from '../protocol/runs.ts';
import { count } from './figures.ts';
import { escapeProse, escapeText } from './markdown.ts';

/** Findings that a hover has room for; of hundreds of variants each may have its own. */
const mostShown = 4;

/** Markdown; empty when nothing is wrong with these layers (null: the whole network) in these variants. */
export function findingsText(
  layers: readonly (string | null)[],
  variants: readonly string[],
  run: RunSummary | null,
): string {
  const several = variants.length > 1;
  const found = (run?.variants ?? []).flatMap(({ variant, findings }) =>
    variants.includes(variant)
      ? findings
          .filter(({ layer }) => layers.includes(layer))
          .map((finding) => findingText(finding, several ? variant : null))
      : [],
  );
  const left = found.length - mostShown;
  const more = left > 0 ? [`and ${count(left)} more, which the dashboard has`] : [];
  return [...found.slice(0, mostShown), ...more].join('\n\n');
}

/**
 * `⚠ **what is wrong** · step 1,240` and below it the first that was measured, why it matters, what would do, and where to
 * read on. The dashboard has all that was measured.
 */
function findingText(finding: Finding, variant: string | null): string {
  const { title, step, measured, matters, remedy, reference } = finding;
  const parts = [`⚠ **${escapeProse(title)}**`, `step ${count(step)}`];
  if (variant !== null) parts.push(escapeText(variant));
  const source = `[${escapeProse(reference.title)}](${reference.url})`;
  const said = [firstSentence(measured), matters, remedy].map(escapeProse).join(' ');
  return `${parts.join(' · ')}  \n${said} ${source}`;
}

/** Up to the first full stop that a capital follows: figures have theirs too. */
function firstSentence(text: string): string {
  return text.match(/^.*?\.(?= \p{Lu}|$)/u)?.[0] ?? text;
}

/** Whether anything is known to be wrong with a layer. */
export function hasFinding(layer: string, variant: string, run: RunSummary | null): boolean {
  const summary = run?.variants.find((each) => each.variant === variant);
  return summary?.findings.some((finding) => finding.layer === layer) ?? false;
}
