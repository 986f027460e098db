/** Decides each layer's operation and shapes, from the network's input on, and says what does not fit. */
import type { Context } from './context.ts';
import { type GraphLayer, networkInput } from './graph.ts';
import { concatMisfit, concatShape, sumMisfit } from './joins.ts';
import type { Advice, Next } from './layer-definition.ts';
import { layerDefinition } from './layers.ts';
import type { Path } from './source.ts';
import type { LayerOperation, Shape } from './types.ts';

/** A layer with its operation decided; shapes are null until the data is known. */
export interface PlacedLayer {
  readonly layer: GraphLayer;
  readonly operation: LayerOperation;
  readonly learningRate: number;
  readonly input: Shape | null;
  readonly output: Shape | null;
}

/** The layers up to the first that cannot take its input; `isWhole` when there is none. */
export function placeLayers(
  context: Context,
  graph: readonly GraphLayer[],
): { readonly placed: readonly PlacedLayer[]; readonly isWhole: boolean } {
  const shapes = new Map([[networkInput, context.data?.input ?? null]]);
  const nexts = nextLayers(graph);
  const advised = new Set<string>();
  const placed: PlacedLayer[] = [];
  for (const layer of graph) {
    const inputs = layer.inputs.map((name) => shapes.get(name) ?? null);
    const next = nexts.get(layer.name) ?? null;
    const one =
      layer.kind === 'concat' || layer.kind === 'add'
        ? placeJoin(context, layer, layer.kind, inputs)
        : placeOne(context, layer, inputs[0], next);
    if (one === null) return { placed, isWhole: false };
    for (const advice of adviceFor(layer, next)) {
      // What holds of one copy of a repeat holds of all.
      const key = `${layer.entry.path.join('.')} ${advice.code}`;
      if (!advised.has(key)) reportAdvice(context, layer, advice);
      advised.add(key);
    }
    shapes.set(layer.name, one.output);
    placed.push(one);
  }
  return { placed, isWhole: true };
}

export function parametersOf({ layer, operation, input }: PlacedLayer): [string, number][] {
  if (!input) return [];
  const isJoin = operation.kind === 'concat' || operation.kind === 'add';
  const count = isJoin ? 0 : layerDefinition(operation.kind).parameters(operation, input);
  return [[layer.name, count]];
}

/** A layer's problem stands at the layer; where a removal or replacement brought it about, there. */
export function blame({ own }: Context, at: Path): Path {
  if (!own || own.layers !== undefined || at[0] === 'variants') return at;
  if (own.remove) return [...own.path, 'remove'];
  return own.replace ? [...own.path, 'replace'] : at;
}

/** What takes the output of each layer, where that is layers of one kind only. */
function nextLayers(graph: readonly GraphLayer[]): Map<string, Next> {
  const all = new Map<string, Next | null>();
  for (const { kind, entry, inputs } of graph) {
    const next = { ...entry.layer, kind } as Next;
    for (const name of inputs) {
      const known = all.get(name);
      const isSame = known === undefined || (known?.kind === kind && known.state === next.state);
      all.set(name, isSame ? next : null);
    }
  }
  return new Map([...all].filter((pair): pair is [string, Next] => pair[1] !== null));
}

function placeOne(
  context: Context,
  layer: GraphLayer,
  input: Shape | null,
  next: Next | null,
): PlacedLayer | null {
  const { entry, name } = layer;
  const written = entry.layer!;
  const definition = layerDefinition(written.kind);
  const misfit = input && definition.misfit?.(input, written);
  if (misfit) {
    context.report('error', 'shape-mismatch', blame(context, entry.path), `${name}: ${misfit}`);
    return null;
  }
  const operation = definition.operation(written, input, next);
  const output = definition.output(operation, input);
  const learningRate = 'learningRate' in written ? written.learningRate : 1;
  return { layer, operation, learningRate, input, output };
}

function placeJoin(
  context: Context,
  layer: GraphLayer,
  kind: 'concat' | 'add',
  inputs: readonly (Shape | null)[],
): PlacedLayer | null {
  const { name, entry } = layer;
  const placed = { layer, operation: { kind }, learningRate: 1, input: inputs[0] };
  const known = inputs.filter((shape) => shape !== null);
  if (known.length < inputs.length) {
    // A sum has the shape of either input, channels are only known with all of them.
    return { ...placed, output: kind === 'add' ? (known[0] ?? null) : null };
  }
  if (kind === 'add') {
    const misfit = sumMisfit(known[0], known[1]);
    if (misfit === null) return { ...placed, output: known[0] };
    context.report('error', 'shape-mismatch', blame(context, entry.path), `${name}: ${misfit}`);
    return null;
  }
  const misfit = concatMisfit(known);
  if (misfit === null) return { ...placed, output: concatShape(known) };
  const at = blame(context, [...entry.content!.path, misfit.branch]);
  context.report('error', 'shape-mismatch', at, `${name}: ${misfit.message}`);
  return null;
}

function adviceFor({ entry }: GraphLayer, next: Next | null): Advice[] {
  const { layer } = entry;
  return (layer && layerDefinition(layer.kind).advice?.(layer, next)) ?? [];
}

function reportAdvice(
  context: Context,
  { name, kind, entry }: GraphLayer,
  { option, code, message }: Advice,
): void {
  const at = option === null ? entry.path : [...entry.path, kind, option];
  const place = option === null ? name : `${name}.${option}`;
  context.report('warning', code, at, `${place}: ${message}`);
}
