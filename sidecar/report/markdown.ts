/** A report as Markdown for GitHub and editors. Figures are files beside it, since GitHub draws no SVG within a text. */
import type { Block, Prose, ReportDocument, TableBlock } from './document.ts';
import { text as html } from './markup.ts';

/** `figureFile` gives the path of a figure's file as seen from the report. */
export function renderMarkdown(
  { title, blocks }: ReportDocument,
  figureFile: (name: string) => string,
): string {
  const parts = [`# ${escaped(title)}`, ...blocks.map((block) => render(block, figureFile))];
  return `${parts.join('\n\n')}\n`;
}

function render(block: Block, figureFile: (name: string) => string): string {
  switch (block.kind) {
    case 'heading':
      return `## ${escaped(block.text)}`;
    case 'paragraph':
      return prose(block.text);
    case 'list':
      return block.items.map((item) => `- ${prose(item)}`).join('\n');
    case 'figure': {
      const { name, title } = block.figure;
      return `![${escaped(title)}](${encodeURI(figureFile(name))})`;
    }
    case 'table':
      return table(block);
    case 'code':
      return fenced(block.text);
    case 'details':
      return `<details><summary>${html(oneLine(block.summary))}</summary>\n\n${render(block.content, figureFile)}\n\n</details>`;
    default:
      return block satisfies never;
  }
}

function table({ caption, head, numbers, rows }: TableBlock): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `**${escaped(caption)}**`,
    '',
    line(head.map(escaped)),
    line(numbers.map((right) => (right ? '---:' : '---'))),
    ...rows.map((row) => line(row.map(escaped))),
  ].join('\n');
}

function prose(text: Prose): string {
  if (typeof text === 'string') return escaped(text);
  return text
    .map((part) => {
      if (typeof part === 'string') return escaped(part);
      if ('code' in part) return inlineCode(part.code);
      return `[${escaped(part.words)}](<${encodeURI(part.url).replaceAll('>', '%3E')}>)`;
    })
    .join('');
}

/** What Markdown or HTML would take for more than text; a line break would begin something new. */
function escaped(text: string): string {
  return oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_[\]|#~!]/g, '\\$&');
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}

/** Within as many backticks as the code has none of. */
function inlineCode(code: string): string {
  const flat = oneLine(code);
  const fence = '`'.repeat(longestRun(flat) + 1);
  const space = flat.startsWith('`') || flat.endsWith('`') ? ' ' : '';
  return `${fence}${space}${flat}${space}${fence}`;
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}yaml\n${text.replace(/\n$/, '')}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
