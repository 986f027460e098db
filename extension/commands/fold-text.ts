/** What is said of folding the batch normalizations of a model that lies there. */
import type { EqualityProof, FoldResult } from '../../sidecar/protocol/inspect.ts';
import { count } from '../status-text.ts';
import { keptReasons, modelName, type Outcome, shortFigure } from './export-text.ts';

/** `name`: the model that was to be folded. */
export function foldText(name: string, { path, folding, proof, nodes }: FoldResult): Outcome {
  if (path === null || proof === null) {
    const none =
      folding.kept.length === 0 ? 'no batch normalization' : 'nothing that can be folded';
    return { severity: 'info', text: [`${name} has ${none}.`, ...keptReasons(folding)].join(' ') };
  }
  const all = folding.folded.length + folding.kept.length;
  const done = `${count(folding.folded.length)} of ${count(all)} batch normalizations of ${name}`;
  const sizes = `${count(nodes.before)} nodes became ${count(nodes.after)}.`;
  const severity = ({ equal: 'info', different: 'error', 'not-proved': 'warning' } as const)[
    proof.outcome
  ];
  const said = {
    equal: `Folded ${done} into ${modelName(path)}. ${proofText(proof)}`,
    different: `Folding ${done} gave a model that computes something else; it was kept as ${modelName(path)}. ${proofText(proof)}`,
    'not-proved': `Folded ${done} into ${modelName(path)}, but that both compute the same is not proved: ${proof.reason ?? 'no reason given'}`,
  }[proof.outcome];
  return { severity, text: [said, sizes, ...keptReasons(folding)].join(' ') };
}

function proofText(proof: EqualityProof): string {
  const { runtime, runs, maxAbsoluteError, maxRelativeError, tolerance, outcome, reason } = proof;
  const both = outcome === 'equal' ? 'computes the same with both' : 'does not agree';
  const errors = `largest error ${shortFigure(maxAbsoluteError)} absolute, ${shortFigure(maxRelativeError)} relative (bound ${shortFigure(tolerance)})`;
  return [`${runtime} ${both} on ${count(runs)} random inputs: ${errors}.`, reason ?? '']
    .filter(Boolean)
    .join(' ');
}
