/**
 * Batch normalization and the ReLU that alone takes its output as one call each way: what lies between them is neither
 * written nor read. The bits are the same.
 */
import type { Call } from '../calls.ts';
import type { Graph } from './graph.ts';

type Groups = readonly (readonly Call[])[];

/**
 * Groups of calls, one a node in the graph's order, with the calls of each such pair in the group of the
 * normalization.
 */
export function fuseForward(graph: Graph, groups: Groups): Groups {
  return fusePairs(groups, pairsOf(graph), ([norm, ...rest], [relu, moments, ...more]) => {
    if (rest.length > 0 || more.length > 0) return null;
    if (norm.kernel !== 'batchnormForward' || relu.kernel !== 'reluForward') return null;
    const [x, y, ...others] = norm.args;
    const [from, to] = relu.args;
    if (from !== y || (moments && moments.kernel !== 'moments')) return null;
    const [mean, variance] = moments ? moments.args.slice(-2) : [0, 0];
    return {
      ...{ ...norm, kernel: 'batchnormReluForward' },
      args: [x, to, ...others, mean, variance],
    };
  });
}

/** The way back: groups in the opposite order, the calls of a pair in the group of the ReLU. */
export function fuseBackward(graph: Graph, groups: Groups): Groups {
  const last = groups.length - 1;
  const pairs = pairsOf(graph).map((norm) => last - norm - 1);
  return fusePairs(groups, pairs, ([relu, ...rest], [norm, ...more]) => {
    if (rest.length > 0 || more.length > 0) return null;
    if (norm.kernel !== 'batchnormBackward' || relu.kernel !== 'reluBackward') return null;
    const [, y, dy, between] = relu.args;
    const [x, reaching, ...others] = norm.args;
    if (reaching !== between) return null;
    return { ...relu, kernel: 'batchnormReluBackward', args: [x, y, dy, ...others] };
  });
}

/** Positions of normalizations whose output a ReLU takes next, and nobody else. */
function pairsOf({ nodes, output, consumersOf }: Graph): readonly number[] {
  return nodes.flatMap(({ layer: { kind, name } }, i) => {
    const next = nodes[i + 1];
    const alone = next?.inputs.includes(name) && consumersOf(name).length === 1;
    const fits = kind === 'batchnorm' && next?.layer.kind === 'relu';
    return fits && alone && name !== output ? [i] : [];
  });
}

/** Joins the groups at each position and behind it, where `join` finds a call for both and no barrier stands between. */
function fusePairs(
  groups: Groups,
  positions: readonly number[],
  join: (first: readonly Call[], second: readonly Call[]) => Call | null,
): Groups {
  const fused = [...groups];
  for (const i of positions) {
    const [first, second] = [groups[i], groups[i + 1]];
    if (first.length === 0 || second.length === 0 || second.some(({ barrier }) => barrier))
      continue;
    const call = join(first, second);
    if (call) [fused[i], fused[i + 1]] = [[call], []];
  }
  return fused;
}
