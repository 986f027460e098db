/**
 * Writes a trained network as an ONNX model in the form that was chosen: inference only, with the input's normalization
 * inside. The same source gives the same bytes: no clock, no chance, a fixed order.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import type { DataSummary, Network, Normalization, Weights } from '../network/types.ts';
import type { Folding } from '../protocol/onnx.ts';
import type { ModelForm } from './choices.ts';
import { buildGraph } from './graph.ts';
import { describe } from './metadata.ts';
import { modelFields, toProperties } from './model.ts';
import { checkExportable } from './parameters.ts';
import { applyPrecision } from './precision.ts';
import type { Ranges } from './quantize.ts';

/** All that a model is made of; `readModel` gives it back. */
export interface ModelSource {
  readonly network: Network;
  readonly weights: Weights;
  readonly normalization: Normalization;
  readonly data: DataSummary;
  /** One a feature for tabular data, null for images. */
  readonly featureNames: readonly string[] | null;
  /**
   * Written to metadata_props in this order, prefixed `batchnorm.`. `steps`, the steps trained, is also what tells
   * statistics that were measured from initial ones.
   */
  readonly metadata: Readonly<Record<string, string>>;
  /** The graph's name. */
  readonly name: string;
  readonly producerVersion: string;
  readonly form: ModelForm;
  /** What `calibrate` has found, for precision int8. */
  readonly ranges?: Ranges;
  /** Where `foldBatchNorm` made the network: what it did. */
  readonly folding?: Folding;
}

/** The bytes of the model. Throws an ExportError for values that no runtime should be handed. */
export function buildModel(source: ModelSource): Uint8Array {
  const { network, weights, normalization, name } = source;
  checkExportable(network, weights, normalization, Number(source.metadata.steps ?? 0));
  const graph = buildGraph(source);
  applyPrecision(graph, source.form, source.ranges);
  const model = create(ModelProtoSchema, {
    ...modelFields(source.producerVersion, source.form.opset),
    docString: `${name}: a network trained on ${source.data.name}. Takes raw values and normalizes them itself.`,
    graph,
    metadataProps: toProperties(describe(source)),
  });
  return toBinary(ModelProtoSchema, model);
}
