/** What the light bulb offers: fixes of problems, and a batch normalization as other frameworks write it. */
import { type CodeAction, CodeActionKind, type CodeActionParams } from 'vscode-languageserver';
import type { Analysis } from './analysis.ts';
import { snippetsAt } from './conventions.ts';
import { quickFixes } from './diagnostics.ts';

/** Its own kind, so that a person can bind a key to it. */
const copyKind = `${CodeActionKind.Refactor}.copy`;

export const codeActionKinds = [CodeActionKind.QuickFix, copyKind];

export function codeActions(
  analysis: Analysis,
  { textDocument, context, range }: CodeActionParams,
): CodeAction[] {
  const isWanted = (kind: string) =>
    context.only === undefined ||
    context.only.some((only) => kind === only || kind.startsWith(`${only}.`));
  const copies = isWanted(copyKind) ? snippetsAt(analysis, range.start).map(copyAction) : [];
  return [...quickFixes(textDocument.uri, context.diagnostics), ...copies];
}

function copyAction({ framework, text }: ReturnType<typeof snippetsAt>[number]): CodeAction {
  const title = `Copy as ${framework}`;
  const command = { title, command: 'batchnorm.copySnippet', arguments: [{ text, framework }] };
  return { title, kind: copyKind, command };
}
