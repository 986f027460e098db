/** What a way of reporting a run on the command line has to offer. */
import type { Run, RunListener } from '../runs/run.ts';

export interface Reporter extends RunListener {
  started(run: Run): void;
  ended(run: Run): void;
}
