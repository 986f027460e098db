/** What is odd about a model without making it unreadable, as whole sentences. */
import type { GraphProto } from 'onnx-buf';
import { count } from '../../figures.ts';
import type { InspectedTensor } from '../../protocol/inspect.ts';
import { opsets } from '../../protocol/onnx.ts';
import { subgraphsOf } from '../foreign/graph-index.ts';
import { isStandard } from '../foreign/node.ts';
import { isBatchNorm } from '../foreign/normalization.ts';
import type { OpenModel } from './open-model.ts';

/** Newest version of the file format that onnxruntime 1.30 takes. */
const newestIrVersion = 13;
/** Names in a sentence. */
const shown = 5;

export function notesOn(
  { model, graph }: OpenModel,
  tensors: readonly InspectedTensor[],
  opset: number | null,
): string[] {
  const notes: string[] = [];
  const say = (names: readonly string[], text: (list: string, many: boolean) => string) => {
    if (names.length > 0) notes.push(text(listed(names), names.length > 1));
  };
  if (opset === null)
    notes.push(
      "The model does not say which version of ONNX's operators it uses; its nodes are read as the newest.",
    );
  if (opset !== null && opset > opsets.newest) {
    notes.push(
      `The model uses version ${opset} of ONNX's operators; onnxruntime 1.30 takes up to ${opsets.newest}.`,
    );
  }
  if (model.irVersion > newestIrVersion) {
    notes.push(
      `The file has IR version ${model.irVersion}; onnxruntime 1.30 takes up to ${newestIrVersion}.`,
    );
  }
  const { missing, early, twice } = checkOrder({ model, graph });
  say(missing, (list) => `Nodes take ${list}, which the file does not have; the model cannot run.`);
  say(
    early,
    (list) =>
      `Nodes take ${list} before they are computed; ONNX wants nodes in an order in which each follows its inputs.`,
  );
  say(
    twice,
    (list, many) =>
      `${list} ${many ? 'are' : 'is'} written more than once; ONNX wants every tensor written once.`,
  );
  const outside = tensors.filter(({ external }) => external !== null);
  const files = [...new Set(outside.map(({ external }) => JSON.stringify(external)))];
  say(
    files,
    (list) =>
      `The values of ${count(outside.length)} ${outside.length === 1 ? 'tensor' : 'tensors'} lie outside the model, in ${list}.`,
  );
  const broken = tensors.filter(({ problem }) => problem !== null);
  say(
    broken.map(({ name }) => JSON.stringify(name)),
    (list) => `The values of ${list} cannot be had: ${broken[0].problem}.`,
  );
  const foreign = new Set(
    graph.node.filter((node) => !isStandard(node)).map(({ domain }) => JSON.stringify(domain)),
  );
  say([...foreign], (list) => `Nodes are operators of ${list}, whose shapes are not known here.`);
  notes.push(...innerNotes({ model, graph }));
  return notes;
}

/** On what is in the file and not in its graph's list. */
function innerNotes({ model, graph }: Pick<OpenModel, 'model' | 'graph'>): string[] {
  const inner = { nodes: 0, batchNorms: 0 };
  const visit = (outer: GraphProto) => {
    for (const subgraph of subgraphsOf(outer)) {
      inner.nodes += subgraph.node.length;
      inner.batchNorms += subgraph.node.filter(isBatchNorm).length;
      visit(subgraph);
    }
  };
  visit(graph);
  const functions = model.functions.flatMap(({ node }) => node);
  const normalizations = functions.filter(isBatchNorm).length;
  return [
    ...(inner.nodes > 0
      ? [
          `${count(inner.nodes)} nodes lie in graphs within nodes (If, Loop, Scan), ${count(inner.batchNorms)} of them batch normalizations; they are not looked into.`,
        ]
      : []),
    ...(model.functions.length > 0
      ? [
          `The file defines ${count(model.functions.length)} functions of ${count(functions.length)} nodes, ${count(normalizations)} of them batch normalizations; they are not looked into.`,
        ]
      : []),
    ...(graph.sparseInitializer.length > 0
      ? [
          `${count(graph.sparseInitializer.length)} initializers are sparse; only the values that are not 0 are counted.`,
        ]
      : []),
    ...(model.trainingInfo.length > 0
      ? ['The file also describes how to train the model; that is left out.']
      : []),
  ];
}

interface Order {
  readonly missing: readonly string[];
  readonly early: readonly string[];
  readonly twice: readonly string[];
}

function checkOrder({ graph }: Pick<OpenModel, 'model' | 'graph'>): Order {
  const written = new Set(graph.node.flatMap(({ output }) => output));
  const twice = new Set<string>();
  const seen = new Set<string>();
  const write = (name: string) => {
    if (name === '') return;
    if (seen.has(name)) twice.add(JSON.stringify(name));
    seen.add(name);
  };
  for (const { name } of graph.initializer) write(name);
  for (const { values } of graph.sparseInitializer) if (values) write(values.name);
  // An input of an initializer's name gives its shape or replaces it.
  for (const { name } of graph.input) seen.add(name);
  const missing = new Set<string>();
  const early = new Set<string>();
  for (const { input, output } of graph.node) {
    for (const name of input) {
      if (name === '' || seen.has(name)) continue;
      (written.has(name) ? early : missing).add(JSON.stringify(name));
    }
    output.forEach(write);
  }
  return { missing: [...missing], early: [...early], twice: [...twice] };
}

function listed(names: readonly string[]): string {
  const rest = names.length - shown;
  return `${names.slice(0, shown).join(', ')}${rest > 0 ? ` and ${count(rest)} more` : ''}`;
}
