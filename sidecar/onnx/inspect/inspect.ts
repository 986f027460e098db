/** Looks into an ONNX file of any origin. Its tensors stay in the file, but for the parameters of batch normalizations. */
import type { NodeProto, ValueInfoProto } from 'onnx-buf';
import type { InspectedNode, InspectedValue, Inspection } from '../../protocol/inspect.ts';
import { opsets } from '../../protocol/onnx.ts';
import { attributeText } from './attributes.ts';
import { inspectBatchNorms } from './batch-norms.ts';
import { GraphIndex } from './graph-index.ts';
import { notesOn } from './notes.ts';
import { OpenModel } from './open-model.ts';
import { inferShapes } from './shapes/infer.ts';
import { type Known, unknown } from './shapes/types.ts';
import { typeName } from './tensor-types.ts';
import { inspectTensors } from './tensors.ts';

/** Rejects with a ModelFileError whose message says what is broken. */
export function inspectFile(path: string): Promise<Inspection> {
  return OpenModel.with(path, async (opened) => {
    const { model, graph } = opened;
    const opset = opsetOf(opened);
    const index = new GraphIndex(graph, model);
    const shapes = inferShapes(graph, opset || opsets.newest);
    const value = (name: string) => describeValue(name, shapes.get(name) ?? unknown);
    const tensors = await inspectTensors(opened);
    return {
      bytes: opened.bytes,
      irVersion: Number(model.irVersion),
      opsets: model.opsetImport.map(({ domain, version }) => ({
        domain,
        version: Number(version),
      })),
      producer: { name: model.producerName, version: model.producerVersion },
      domain: model.domain,
      modelVersion: String(model.modelVersion),
      documentation: model.docString,
      graph: graph.name,
      inputs: withoutInitializers(graph.input, index).map(({ name }) => value(name)),
      outputs: graph.output.map(({ name }) => value(name)),
      nodes: graph.node.map((node) => describeNode(node, value)),
      tensors,
      batchNorms: await inspectBatchNorms(opened, { index, shapes, opset: opset || opsets.newest }),
      metadata: model.metadataProps.map(({ key, value: text }) => ({ key, value: text })),
      certificate: null,
      notes: notesOn(opened, tensors, opset),
    };
  });
}

/** Version of ONNX's own operators; 0 where the file names none. */
function opsetOf({ model }: OpenModel): number {
  const found = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  return Number(found?.version ?? 0);
}

/** Files before IR version 4 list every initializer as an input too. */
function withoutInitializers(inputs: readonly ValueInfoProto[], { initializers }: GraphIndex) {
  return inputs.filter(({ name }) => !initializers.has(name));
}

function describeNode(node: NodeProto, value: (name: string) => InspectedValue): InspectedNode {
  return {
    name: node.name,
    opType: node.opType,
    domain: node.domain,
    inputs: node.input,
    outputs: node.output.map(value),
    attributes: node.attribute.map((each) => ({ name: each.name, text: attributeText(each) })),
  };
}

function describeValue(name: string, { type, shape }: Known): InspectedValue {
  return { name, type: type === null ? null : typeName(type), shape };
}
