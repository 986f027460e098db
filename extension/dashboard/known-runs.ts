/** The runs that the dashboard can show, told apart. */
import { basename } from 'node:path';
import type { KnownRun } from '../../sidecar/protocol/dashboard.ts';
import type { RunSummary } from '../../sidecar/protocol/runs.ts';

/** Runs of this session (`current`) and of earlier ones (`saved`), both oldest first; the result is newest first. */
export function knownRuns(
  current: readonly RunSummary[],
  saved: readonly RunSummary[],
): KnownRun[] {
  const isCurrent = new Set(current.map(({ runId }) => runId));
  const all = [...saved.filter(({ runId }) => !isCurrent.has(runId)), ...current];
  const unsaved = new Map<string, number>();
  const known = all.map((run) => {
    const number = folderNumber(run);
    if (number !== null) return { run, label: `#${number}` };
    const place = (unsaved.get(run.uri) ?? 0) + 1;
    unsaved.set(run.uri, place);
    return { run, label: `unsaved #${place}` };
  });
  return known.reverse();
}

/** Results lie in folders that count the runs of a file. */
function folderNumber({ folder }: RunSummary): number | null {
  const name = folder === null ? '' : basename(folder);
  return /^\d+$/.test(name) ? Number(name) : null;
}
