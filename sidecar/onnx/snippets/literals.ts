/** Text and numbers as literals of programming languages. Whatever a name holds, it stays within its literal. */
import type { SnippetLanguage } from '../../protocol/onnx.ts';

/**
 * Characters that may stand as they are: letters, marks, digits, punctuation, symbols, the space. Not among them are
 * line ends of any kind, control characters, and those that change the direction of what comes after them.
 */
const plain = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** Escapes of characters beyond the basic plane, by code point; `\u` and four digits do for the others everywhere. */
const astral: Readonly<Record<SnippetLanguage, (code: number) => string>> = {
  javascript: (code) => `\\u{${code.toString(16)}}`,
  python: (code) => `\\U${hex(code, 8)}`,
  csharp: (code) => `\\U${hex(code, 8)}`,
};

/** A string literal in double quotes, on one line; also fit for a comment. */
export function quote(text: string, language: SnippetLanguage): string {
  const written = Array.from(text.toWellFormed(), (character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    if (plain.test(character)) return character;
    const code = character.codePointAt(0)!;
    return code > 0xffff ? astral[language](code) : `\\u${hex(code, 4)}`;
  });
  return `"${written.join('')}"`;
}

/** Items with commas behind them, as many a line as fit. */
export function fill(items: readonly string[], indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const item of items) {
    const longer = line === '' ? `${item},` : `${line} ${item},`;
    if (line !== '' && indent.length + longer.length > lineWidth) {
      lines.push(indent + line);
      line = `${item},`;
    } else {
      line = longer;
    }
  }
  return line === '' ? lines : [...lines, indent + line];
}

const lineWidth = 96;

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
