/** The schema's documentation as markdown. */
import type { Documentation } from '../network/documentation.ts';

/** Title and meaning, then what may be written and what is meant without it. */
export function documentationText(documentation: Documentation): string {
  const { title, markdown } = documentation;
  const sections = [`**${title}**`, markdown, allowance(documentation)];
  return sections.filter((section) => section !== '' && section !== '****').join('\n\n');
}

/** `takes a number above 0 and at most 1 · default: 0.1`; empty where that would say nothing. */
export function allowance({ allowed, default: usual }: Documentation): string {
  const takes = allowed === null || allowed === 'a map' ? [] : [`takes ${allowed}`];
  return [...takes, ...(usual === null ? [] : [`default: ${usual}`])].join(' · ');
}
