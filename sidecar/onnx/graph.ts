/**
 * A network as the nodes and initializers of an ONNX graph at inference, opset 15. Dropout does nothing there and is
 * left out. A dense layer without bias before a batch normalization becomes MatMul, which onnxruntime folds with the
 * normalization and the activation into one node; it does not fold Gemm or MatMul with Add.
 */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProto,
  GraphProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import type {
  DataSummary,
  Layer,
  Network,
  Normalization,
  Shape,
  Weights,
} from '../network/types.ts';
import { ExportError } from './errors.ts';
import { type ExportableLayer, elements } from './parameters.ts';

export interface GraphSource {
  readonly network: Network;
  readonly weights: Weights;
  readonly normalization: Normalization;
  readonly data: DataSummary;
  readonly featureNames: readonly string[] | null;
  readonly name: string;
}

/** Name of the graph's only input, raw values in the data's own units, `[batch, ...input]`. */
const inputName = 'input';

/** Added to a weight's name where the graph holds it as [in, out], as MatMul wants it. */
export const transposedSuffix = '_transposed';

function outputName(network: Network): string {
  return network.loss === 'mse' ? 'prediction' : 'logits';
}

export function buildGraph(source: GraphSource): GraphProto {
  const { network, name } = source;
  const builder = new GraphBuilder(source);
  builder.normalizeInput();
  // What cannot be exported has been refused before, and without joins each layer reads the one before it.
  const layers = network.layers as readonly ExportableLayer[];
  const emitted = layers.filter((layer) => computesSomething(layer));
  emitted.forEach((layer, index) => {
    builder.addLayer(layer, emitted[index + 1]);
  });
  const { nodes, initializers } = builder.finish(outputName(network));
  checkNames(nodes, initializers);
  const output = network.layers.at(-1)?.output ?? network.input;
  return create(GraphProtoSchema, {
    name,
    node: nodes,
    initializer: initializers,
    input: [valueInfo(inputName, network.input, describeInput(source))],
    output: [valueInfo(outputName(network), output, describeOutput(source))],
  });
}

/** The nodes so far; `current` names the tensor that the next node reads. */
class GraphBuilder {
  readonly source: GraphSource;
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  current = inputName;

  constructor(source: GraphSource) {
    this.source = source;
  }

  /** `(x - mean) / deviation` in two nodes, as the engine computes it, so that both round alike. */
  normalizeInput(): void {
    const { network, normalization } = this.source;
    const { mean, deviation } = normalization;
    const shapeOf = (values: Float32Array): Shape => (values.length === 1 ? [1] : network.input);
    if (mean.some((value) => value !== 0)) {
      this.#addTensor('normalization.mean', shapeOf(mean), mean);
      this.#addNode('Sub', 'normalization.subtract', ['normalization.mean']);
    }
    if (deviation.some((value) => value !== 1)) {
      this.#addTensor('normalization.deviation', shapeOf(deviation), deviation);
      this.#addNode('Div', 'normalization.divide', ['normalization.deviation']);
    }
  }

  /** Adds the nodes of a layer; `next` is the layer whose node reads its output. */
  addLayer(layer: ExportableLayer, next: Layer | undefined): void {
    switch (layer.kind) {
      case 'dense':
        if (layer.input.length > 1) this.#flatten(`${layer.name}.flatten`);
        if (!layer.bias && next?.kind === 'batchnorm') this.#addMatMul(layer);
        else this.#addGemm(layer);
        break;
      case 'batchnorm': {
        const roles = ['weight', 'bias', 'running_mean', 'running_var'];
        const names = roles.map((role) => this.#addWeight(`${layer.name}.${role}`));
        this.#addNode('BatchNormalization', layer.name, names, [
          float('epsilon', layer.epsilon),
          float('momentum', 1 - layer.momentum),
          integer('training_mode', 0),
        ]);
        break;
      }
      case 'flatten':
        this.#flatten(layer.name);
        break;
      case 'leaky-relu':
        this.#addNode('LeakyRelu', layer.name, [], [float('alpha', layer.slope)]);
        break;
      case 'sigmoid':
      case 'tanh':
      case 'relu':
      case 'softplus':
        this.#addNode(activations[layer.kind], layer.name);
        break;
      case 'dropout':
        break;
      default:
        layer satisfies never;
    }
  }

  /** Gives the last node's output the graph output's name. */
  finish(output: string): { nodes: NodeProto[]; initializers: TensorProto[] } {
    if (this.nodes.length === 0) this.#addNode('Identity', output);
    this.nodes[this.nodes.length - 1].output = [output];
    return { nodes: this.nodes, initializers: this.initializers };
  }

  #addMatMul({ name }: Layer): void {
    const { shape, values } = this.source.weights.get(`${name}.weight`)!;
    const [rows, columns] = shape;
    const transposed = transpose(values, rows, columns);
    const weight = `${name}.weight${transposedSuffix}`;
    this.#addTensor(weight, [columns, rows], transposed);
    this.#addNode('MatMul', name, [weight]);
  }

  #addGemm(layer: Layer & { kind: 'dense' }): void {
    const roles = layer.bias ? ['weight', 'bias'] : ['weight'];
    const names = roles.map((role) => this.#addWeight(`${layer.name}.${role}`));
    this.#addNode('Gemm', layer.name, names, [integer('transB', 1)]);
  }

  #flatten(name: string): void {
    this.#addNode('Flatten', name, [], [integer('axis', 1)]);
  }

  #addWeight(name: string): string {
    const { shape, values } = this.source.weights.get(name)!;
    this.#addTensor(name, shape, values);
    return name;
  }

  #addTensor(name: string, shape: Shape, values: Float32Array): void {
    const rawData = new Uint8Array(values.byteLength);
    rawData.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    const dims = shape.map(BigInt);
    this.initializers.push(
      create(TensorProtoSchema, { name, dims, dataType: DataType.FLOAT, rawData }),
    );
  }

  #addNode(
    opType: string,
    name: string,
    constants: readonly string[] = [],
    attribute: AttributeProto[] = [],
  ): void {
    const output = `${name}.output`;
    const input = [this.current, ...constants];
    this.nodes.push(create(NodeProtoSchema, { name, opType, input, output: [output], attribute }));
    this.current = output;
  }
}

const activations = {
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  relu: 'Relu',
  softplus: 'Softplus',
} as const;

/** Flattening what is flat and dropping out at inference leave their input as it is. */
function computesSomething(layer: Layer): boolean {
  return layer.kind === 'flatten' ? layer.input.length > 1 : layer.kind !== 'dropout';
}

/** `[rows, columns]` row-major becomes `[columns, rows]`. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      result[column * rows + row] = values[row * columns + column];
    }
  }
  return result;
}

function float(name: string, f: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f });
}

function integer(name: string, i: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(i) });
}

function valueInfo(name: string, shape: Shape, docString: string): ValueInfoProto {
  const dimensions = shape.map((size) => ({
    value: { case: 'dimValue' as const, value: BigInt(size) },
  }));
  const batch = { value: { case: 'dimParam' as const, value: 'batch' } };
  const type: MessageInitShape<typeof ValueInfoProtoSchema>['type'] = {
    value: {
      case: 'tensorType',
      value: { elemType: DataType.FLOAT, shape: { dim: [batch, ...dimensions] } },
    },
  };
  return create(ValueInfoProtoSchema, { name, type, docString });
}

function describeInput({ featureNames, network }: GraphSource): string {
  const values = `Raw values in the data's own units, ${elements(network.input)} an example; the graph normalizes them.`;
  return featureNames === null ? values : `${values} In this order: ${featureNames.join(', ')}.`;
}

function describeOutput({ data, network }: GraphSource): string {
  if (network.loss === 'mse') return "Predictions in the target's own units.";
  const activation = network.loss === 'binary-cross-entropy' ? 'sigmoid' : 'softmax';
  const values = `Logits, before ${activation}.`;
  return data.classes === null
    ? values
    : `${values} Classes in this order: ${data.classes.join(', ')}.`;
}

/** ONNX wants every tensor written once; layer names with dots could collide with a tensor of another layer. */
function checkNames(nodes: readonly NodeProto[], initializers: readonly TensorProto[]): void {
  const seen = new Set([inputName]);
  const names = [...initializers.map(({ name }) => name), ...nodes.flatMap(({ output }) => output)];
  for (const name of names) {
    if (seen.has(name)) {
      throw new ExportError(name, 'one tensor of this name', 'two: rename a layer');
    }
    seen.add(name);
  }
}
