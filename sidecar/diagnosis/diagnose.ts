/**
 * From what a run has measured to what is wrong with it. Each check is a pure function of the evidence in a file of its
 * own, which states its bounds and where they come from; a healthy network must pass them all at any time of its training.
 */
import type { Finding } from '../protocol/findings.ts';
import { deadUnits } from './dead-units.ts';
import { driftingLayer } from './drifting-layer.ts';
import { evaluationGap } from './evaluation-gap.ts';
import { type Evidence, gatherEvidence, type Measured } from './evidence.ts';
import { noisyStatistics } from './noisy-statistics.ts';
import { saturation } from './saturation.ts';

/** The worst first. What a value that is not finite says is not among them: it ends a run (non-finite.ts). */
const checks: readonly ((evidence: Evidence) => Finding | null)[] = [
  evaluationGap,
  deadUnits,
  saturation,
  driftingLayer,
  noisyStatistics,
];

/** Computed anew at every probe, so that a finding goes with its cause; verdict.ts keeps it from flickering. */
export function diagnose(measured: Measured): Finding[] {
  const evidence = gatherEvidence(measured);
  return checks.map((check) => check(evidence)).filter((finding) => finding !== null);
}
