/** Looks into an ONNX file of any origin. Its tensors stay in the file, but for the parameters of batch normalizations. */
import { setImmediate } from 'node:timers/promises';
import type { GraphProto, NodeProto, ValueInfoProto } from 'onnx-buf';
import type { InspectedNode, InspectedValue, Inspection } from '../../protocol/inspect.ts';
import { opsets } from '../../protocol/onnx.ts';
import { ModelFileError } from '../errors.ts';
import { GraphIndex } from '../foreign/graph-index.ts';
import { readLater } from '../metadata.ts';
import { opsetOf } from '../opset.ts';
import { attributeText } from './attributes.ts';
import { inspectBatchNorms } from './batch-norms.ts';
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
    const opset = opsetOf(model) ?? 0;
    // A large graph takes a second in all; others get their turn between the parts.
    await setImmediate();
    const index = new GraphIndex(graph, model.irVersion);
    const shapes = inferShapes(graph, opset || opsets.newest);
    const value = (name: string) => describeValue(name, shapes.get(name) ?? unknown);
    await setImmediate();
    const tensors = await inspectTensors(opened);
    const batchNorms = await inspectBatchNorms(opened, {
      graph,
      index,
      shapes,
      opset: opset || opsets.newest,
    });
    await setImmediate();
    const notes = notesOn(opened, tensors, opset);
    await setImmediate();
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
      inputs: withoutInitializers(graph).map(({ name }) => value(name)),
      outputs: graph.output.map(({ name }) => value(name)),
      nodes: graph.node.map((node) => describeNode(node, value)),
      tensors,
      batchNorms,
      metadata: model.metadataProps.map(({ key, value: text }) => ({ key, value: text })),
      ...readCertificate(opened, path, notes),
    };
  });
}

/** What the exporter has certified, and a note where that cannot be read. */
function readCertificate(
  { model }: OpenModel,
  path: string,
  notes: readonly string[],
): Pick<Inspection, 'certificate' | 'notes'> {
  const entries = model.metadataProps.map(({ key, value }) => [key, value]);
  try {
    return { certificate: readLater(Object.fromEntries(entries), 'certificate', path), notes };
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    return {
      certificate: null,
      notes: [...notes, `The certificate cannot be read: ${error.message}.`],
    };
  }
}

/** Files before IR version 4 list every initializer as an input too. */
function withoutInitializers({ input, initializer }: GraphProto): ValueInfoProto[] {
  const given = new Set(initializer.map(({ name }) => name));
  return input.filter(({ name }) => !given.has(name));
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
