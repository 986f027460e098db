/** The files a report is made of, as text by name. */
import { composeReport } from './compose.ts';
import { figuresOf } from './document.ts';
import { renderPage } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import type { Report } from './report.ts';
import { standaloneStyles } from './styles.ts';
import type { Figure } from './svg.ts';

export const reportNames = {
  markdown: 'report.md',
  json: 'report.json',
  html: 'report.html',
} as const;

/** All lie beside each other; the same report gives the same text. */
export function reportFiles(report: Report): Readonly<Record<string, string>> {
  const document = composeReport(report);
  const figureFile = (name: string) => `report-${name}.svg`;
  return {
    [reportNames.json]: `${JSON.stringify(report, null, 1)}\n`,
    [reportNames.markdown]: renderMarkdown(document, figureFile),
    [reportNames.html]: renderPage(document),
    ...Object.fromEntries(
      figuresOf(document).map((figure) => [figureFile(figure.name), standalone(figure)]),
    ),
  };
}

/** The figure with styles of its own, which follow the reader's light or dark theme. */
function standalone({ svg }: Figure): string {
  const begin = svg.indexOf('>') + 1;
  return `${svg.slice(0, begin)}<style>${standaloneStyles}</style>${svg.slice(begin)}\n`;
}
