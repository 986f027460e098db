/** What is wrong with a network file, as the editor's problems; and the quick fixes that follow from their wording. */
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  DiagnosticSeverity,
} from 'vscode-languageserver';
import { checkNetworkFile } from '../network/resolve.ts';
import type { Analysis } from './analysis.ts';

const source = 'BatchNorm';

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
};

/** The file's own, every variant's as far as the data is known, and what keeps the data from being read. */
export function diagnosticsOf({ file, data }: Analysis): Diagnostic[] {
  const found = checkNetworkFile(file, data.summary).map(
    ({ range, severity, code, message }): Diagnostic => ({
      range,
      severity: severities[severity],
      code,
      source,
      message,
    }),
  );
  if (data.problem === null || !file.dataRange) return found;
  const unreadable: Diagnostic = {
    range: file.dataRange,
    severity: DiagnosticSeverity.Error,
    code: 'data',
    source,
    message: data.problem,
  };
  return [...found, unreadable];
}

/** One for each diagnostic that says what would do in a word. */
export function quickFixes(uri: string, diagnostics: readonly Diagnostic[]): CodeAction[] {
  return diagnostics.flatMap((diagnostic) => {
    const newText = diagnostic.source === source ? replacement(diagnostic) : null;
    if (newText === null) return [];
    return {
      title: `Change to ${newText}`,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      isPreferred: true,
      edit: { changes: { [uri]: [{ range: diagnostic.range, newText }] } },
    };
  });
}

function replacement({ code, message }: Diagnostic): string | null {
  const text = typeof message === 'string' ? message : message.value;
  const meant = /did you mean "([\w-]+)"\?$/.exec(text);
  if (meant) return meant[1];
  const momentum = code === 'batchnorm-momentum' ? /write ([\d.e-]+)$/.exec(text) : null;
  return momentum?.[1] ?? null;
}
