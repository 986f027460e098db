/** Programs that run a model of ours on the one example it carries, whole and without anything left to fill in. */
import type { SnippetLanguage } from '../../protocol/onnx.ts';
import { csharpSnippet } from './csharp.ts';
import type { SnippetFacts } from './facts.ts';
import { javascriptSnippet } from './javascript.ts';
import { pythonSnippet } from './python.ts';

/** What a person calls each language. */
export const languageNames: Readonly<Record<SnippetLanguage, string>> = {
  javascript: 'JavaScript',
  python: 'Python',
  csharp: 'C#',
};

const writers: Readonly<Record<SnippetLanguage, (facts: SnippetFacts) => string>> = {
  javascript: javascriptSnippet,
  python: pythonSnippet,
  csharp: csharpSnippet,
};

/** The text of a program; it ends with a line end. */
export function writeSnippet(facts: SnippetFacts, language: SnippetLanguage): string {
  return writers[language](facts);
}
