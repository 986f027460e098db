/** What is wrong with a network file, as the editor's problems; and the quick fixes that they bring. */
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  DiagnosticSeverity,
} from 'vscode-languageserver';
import type { Fix } from '../network/diagnostic.ts';
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
  const found = checkNetworkFile(file, data.summary, analysis.variants()).map(
    ({ range, severity, code, message, reference, fixes }): Diagnostic => ({
      range,
      severity: severities[severity],
      code,
      source,
      message,
      ...(reference ? { codeDescription: { href: reference } } : {}),
      ...(fixes ? { data: { fixes } satisfies Repair } : {}),
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

/** What a diagnostic carries to the editor and back, for who asks what would put it right. */
interface Repair {
  readonly fixes: readonly Fix[];
}

/** What the diagnostics say would put them right; of each, the first is preferred. */
export function quickFixes(uri: string, diagnostics: readonly Diagnostic[]): CodeAction[] {
  return diagnostics.flatMap((diagnostic) => {
    const { fixes = [] } = (diagnostic.source === source && (diagnostic.data as Repair)) || {};
    return fixes.map(({ title, edits }, index) => ({
      title,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      isPreferred: index === 0,
      edit: { changes: { [uri]: [...edits] } },
    }));
  });
}
