/** What is wrong with single channels, and the mark that says so in charts, tables and badges: a shape and a word. */
import type { ChannelProblem, InspectedBatchNorm } from '../../sidecar/protocol/inspect.ts';
import { decodeFloats } from '../decode.ts';

type Kind = ChannelProblem['kind'];

export interface Mark {
  /** Place among the markers that `addMarker` draws. */
  readonly marker: number;
  /** Colour of the theme, by its place among those of series: yellow warns, red is an error. */
  readonly colour: number;
  readonly word: string;
}

const markers: Readonly<Record<Kind, { readonly marker: number; readonly word: string }>> = {
  dead: { marker: 5, word: 'dead' },
  'zero-variance': { marker: 1, word: 'zero variance' },
  'negative-variance': { marker: 4, word: 'negative variance' },
  'exploding-variance': { marker: 3, word: 'exploding variance' },
  'non-finite': { marker: 2, word: 'not finite' },
};

const colours = { warning: 1, error: 4 } as const;

export function markOf({ kind, severity }: Pick<ChannelProblem, 'kind' | 'severity'>): Mark {
  return { ...markers[kind], colour: colours[severity] };
}

/** The problems of every channel that has some. */
export function problemsByChannel(
  problems: readonly ChannelProblem[],
): ReadonlyMap<number, readonly ChannelProblem[]> {
  const found = new Map<number, ChannelProblem[]>();
  for (const problem of problems) {
    for (const channel of problem.channels) {
      const known = found.get(channel);
      if (known) known.push(problem);
      else found.set(channel, [problem]);
    }
  }
  return found;
}

/** What is wrong with a channel in words; empty where nothing is. */
export function remark(problems: readonly ChannelProblem[] | undefined): string {
  return (problems ?? []).map((problem) => markOf(problem).word).join(', ');
}

/** Values of every channel, by quantity. */
export interface ChannelValues {
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

export function valuesOf({ values, channels }: InspectedBatchNorm): ChannelValues | null {
  if (values === null || channels === null) return null;
  const decode = (base64: string) => decodeFloats(base64, channels);
  return {
    gamma: decode(values.gamma),
    beta: decode(values.beta),
    mean: decode(values.mean),
    variance: decode(values.variance),
  };
}

/** Channels in words: `3, 17 and 20`, `0, 1, 2, 3, 4, 5 and 58 more`. */
export function channelList(channels: readonly number[], most = 6): string {
  const listed = channels.slice(0, channels.length <= most + 1 ? most + 1 : most).map(String);
  const more = channels.length - listed.length;
  const last = more > 0 ? `${more} more` : listed.pop();
  return listed.length === 0 ? (last ?? '') : `${listed.join(', ')} and ${last}`;
}
