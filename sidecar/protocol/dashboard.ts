/**
 * Messages between the extension and its dashboard webview. The webview says `ready` and gets the run that it follows,
 * then frames; what it wants to see besides, other runs or more of the variants, it asks for by name.
 */
import type { ControlAction, VariantControls } from './control.ts';
import type { ReportView } from './report.ts';
import type { RunSummary } from './runs.ts';
import type { RunFrame, RunSnapshot } from './statistics.ts';

/** Of a run with many variants, so many are shown until a person chooses others. */
export const mostShownAtFirst = 12;

/** A run that can be shown. */
export interface KnownRun {
  readonly run: RunSummary;
  /** Tells the runs of one name apart: the number of its folder, or its place among those in memory. */
  readonly label: string;
}

/** Variants of one run, by name. */
export interface ShownVariants {
  readonly runId: string;
  readonly variants: readonly string[];
}

export type ToDashboard =
  /**
   * Draw this run from nothing; null when there is none yet. Of many variants only some come with their history.
   * `layout` is what the page last asked to remember, for a page that has lost it; `view` what it is to turn to.
   */
  | {
      readonly type: 'snapshot';
      readonly snapshot: RunSnapshot | null;
      readonly layout?: unknown;
      readonly view?: 'report';
    }
  /** The variants of a run that were asked for, from nothing. */
  | { readonly type: 'series'; readonly snapshot: RunSnapshot; readonly label: string }
  | { readonly type: 'frame'; readonly frame: RunFrame }
  /** What can be changed of the run that is followed, and what it is at present; none once it has ended. */
  | { readonly type: 'controls'; readonly controls: readonly VariantControls[] }
  /** Every run that can be shown, newest first; again whenever the state of one changes. */
  | { readonly type: 'runs'; readonly runs: readonly KnownRun[] }
  /** The report of the run that is followed; null when nobody knows it any more. */
  | { readonly type: 'report'; readonly report: ReportView | null }
  /** What was asked for could not be done, as a sentence. */
  | {
      readonly type: 'refused';
      readonly what: 'control' | 'report' | 'save';
      readonly reason: string;
    }
  /** The cursor stands on this layer's line in the network file, or on none. */
  | { readonly type: 'highlight'; readonly layer: string | null };

export type FromDashboard =
  | { readonly type: 'ready' }
  | { readonly type: 'stop' }
  | { readonly type: 'export'; readonly variant: string }
  | { readonly type: 'train' }
  /** Show the layer's line in the network file. */
  | { readonly type: 'reveal'; readonly layer: string }
  /** Keep the runs that can be shown up to date from now on. */
  | { readonly type: 'list' }
  /** Send these variants, and no others, of the run that is followed and of others. */
  | { readonly type: 'show'; readonly shown: readonly ShownVariants[] }
  /** Change something about the run that is followed; null for every variant that is not ended. */
  | { readonly type: 'control'; readonly variant: string | null; readonly action: ControlAction }
  | { readonly type: 'report' }
  /** Open a file of the report that was sent last. */
  | { readonly type: 'open-report'; readonly file: 'html' | 'markdown' }
  /** Open a reference outside. */
  | { readonly type: 'open-link'; readonly url: string }
  /** Save a chart under a name that the user may change. `content`: text, or base64 of a PNG. */
  | {
      readonly type: 'save';
      readonly name: string;
      readonly format: 'svg' | 'png' | 'csv';
      readonly content: string;
    }
  /** Keep this beyond the life of the page. */
  | { readonly type: 'remember'; readonly layout: unknown };
