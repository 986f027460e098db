/** Where a finding's reader can read on: the paper by its section, and public threads of people with the same trouble. */
import type { Finding } from '../protocol/findings.ts';

type Reference = Finding['reference'];

export function paper(section: string): Reference {
  return {
    title: `Ioffe and Szegedy 2015, ${section}`,
    url: 'https://arxiv.org/abs/1502.03167',
  };
}

/** `repository` as owner/name. */
export function thread(repository: string, issue: number): Reference {
  return {
    title: `${repository}#${issue}`,
    url: `https://github.com/${repository}/issues/${issue}`,
  };
}
