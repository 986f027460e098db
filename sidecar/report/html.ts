/** A report as HTML: the body alone for a page that has styles of its own, or a page that needs nothing else. */
import type { Block, Prose, ReportDocument, TableBlock } from './document.ts';
import { element, join, type Markup, text } from './markup.ts';
import { pageStyles } from './styles.ts';

/** Without scripts, styles or anything from elsewhere. */
export function renderBody({ title, blocks }: ReportDocument): Markup {
  return element(
    'article',
    { class: 'bn-report' },
    element('h1', {}, text(title)),
    ...blocks.map(render),
  );
}

export function renderPage(document: ReportDocument): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${text(document.title)}</title>
<style>
${pageStyles}</style>
</head>
<body>
${renderBody(document)}
</body>
</html>
`;
}

function render(block: Block): Markup {
  switch (block.kind) {
    case 'heading':
      return element('h2', {}, text(block.text));
    case 'paragraph':
      return element('p', {}, prose(block.text));
    case 'list':
      return element('ul', {}, ...block.items.map((item) => element('li', {}, prose(item))));
    case 'figure':
      return element('figure', {}, block.figure.svg);
    case 'table':
      return table(block);
    case 'code':
      return element('pre', {}, element('code', {}, text(block.text)));
    case 'details':
      return element(
        'details',
        {},
        element('summary', {}, text(block.summary)),
        render(block.content),
      );
    default:
      return block satisfies never;
  }
}

function table({ caption, head, numbers, rows }: TableBlock): Markup {
  const kind = (column: number) => (numbers[column] ? 'number' : undefined);
  const header = head.map((cell, column) =>
    element('th', { scope: 'col', class: kind(column) }, text(cell)),
  );
  const body = rows.map((row) =>
    element(
      'tr',
      {},
      ...row.map((cell, column) =>
        column === 0
          ? element('th', { scope: 'row', class: kind(column) }, text(cell))
          : element('td', { class: kind(column) }, text(cell)),
      ),
    ),
  );
  const content = element(
    'table',
    {},
    element('caption', {}, text(caption)),
    element('thead', {}, element('tr', {}, ...header)),
    element('tbody', {}, ...body),
  );
  // Wide tables scroll by themselves, by keyboard too.
  return element(
    'div',
    { class: 'wide', tabindex: 0, role: 'region', 'aria-label': caption },
    content,
  );
}

function prose(content: Prose): Markup {
  if (typeof content === 'string') return text(content);
  return join(
    content.map((part) => {
      if (typeof part === 'string') return text(part);
      if ('code' in part) return element('code', {}, text(part.code));
      return isWeb(part.url)
        ? element('a', { href: part.url }, text(part.words))
        : text(part.words);
    }),
  );
}

/** A link may lead to a page, never run anything. */
function isWeb(url: string): boolean {
  return /^https?:\/\//i.test(url);
}
