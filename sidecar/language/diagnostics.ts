/** What is wrong with a network file, as the editor's problems; and the quick fixes that follow from their wording. */
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  DiagnosticSeverity,
} from 'vscode-languageserver';
import { memoryKey, memoryMisfit } from '../network/memory.ts';
import { checkNetworkFile } from '../network/resolve.ts';
import { sizeOf } from '../network/types.ts';
import { baseVariant } from '../protocol/runs.ts';
import type { Analysis } from './analysis.ts';
import type { LanguageHost } from './host.ts';

const source = 'BatchNorm';

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
};

/** The file's own, every variant's as far as the data is known, and what keeps the data from being read. */
export function diagnosticsOf(analysis: Analysis, host: LanguageHost): Diagnostic[] {
  const { file, data } = analysis;
  const found = checkNetworkFile(file, data.summary).map(
    ({ range, severity, code, message }): Diagnostic => ({
      range,
      severity: severities[severity],
      code,
      source,
      message,
    }),
  );
  found.push(...memoryProblems(analysis, host));
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

/** Float32 values, learned and computed, below which a network surely fits; only above it the plan is asked. */
const surelyFitting = 2 ** 27;

/** What the plan finds too large though the text alone could not tell. */
function memoryProblems(analysis: Analysis, host: LanguageHost): Diagnostic[] {
  const asked = new Set<string>();
  return [...analysis.variants()].flatMap(([variant, { network, parameters }]): Diagnostic[] => {
    if (network === null) return [];
    const learned = [...parameters.values()].reduce((sum, count) => sum + count, 0);
    const outputs = network.layers.reduce((sum, { output }) => sum + sizeOf(output), 0);
    if (learned + outputs * network.train.batchSize < surelyFitting) return [];
    const key = memoryKey(network);
    if (asked.has(key)) return [];
    asked.add(key);
    const misfit = memoryMisfit(host.memory?.(network) ?? 0);
    if (misfit === null) return [];
    return [
      {
        range: analysis.file.source.keyRange(['network']),
        severity: DiagnosticSeverity.Error,
        code: 'too-large',
        source,
        message: variant === baseVariant ? misfit : `variant ${variant}: ${misfit}`,
      },
    ];
  });
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
