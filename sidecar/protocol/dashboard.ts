/** Messages between the extension and its dashboard webview. The webview says `ready` and gets a snapshot, then frames. */
import type { RunFrame, RunSnapshot } from './statistics.ts';

export type ToDashboard =
  /** Draw this run from nothing; null when there is none yet. */
  | { readonly type: 'snapshot'; readonly snapshot: RunSnapshot | null }
  | { readonly type: 'frame'; readonly frame: RunFrame }
  /** The cursor stands on this layer's line in the network file, or on none. */
  | { readonly type: 'highlight'; readonly layer: string | null };

export type FromDashboard =
  | { readonly type: 'ready' }
  | { readonly type: 'stop' }
  | { readonly type: 'export'; readonly variant: string }
  | { readonly type: 'train' }
  /** Show the layer's line in the network file. */
  | { readonly type: 'reveal'; readonly layer: string };
