/** The batch normalizations of a graph: their parameters, what is suspicious about them, and whether they can be folded. */
import { TensorProto_DataType as DataType, type NodeProto, type TensorProto } from 'onnx-buf';
import { toBase64 } from '../../base64.ts';
import type { InspectedBatchNorm } from '../../protocol/inspect.ts';
import { ModelFileError } from '../errors.ts';
import { Attributes } from '../foreign/attributes.ts';
import {
  affineOf,
  brokenChannel,
  epsilonOf,
  isBatchNorm,
  isTraining,
  type Parameters,
  roles,
} from '../foreign/normalization.ts';
import { limits } from '../wire/limits.ts';
import type { BatchNormContext } from './batch-norm-context.ts';
import { findProblems } from './channel-problems.ts';
import { FoldingJudge } from './foldable.ts';
import type { OpenModel } from './open-model.ts';
import { foldsAtRuntime } from './runtime-folding.ts';
import { typeName } from './tensor-types.ts';

const readableTypes: readonly number[] = [
  DataType.FLOAT,
  DataType.FLOAT16,
  DataType.BFLOAT16,
  DataType.DOUBLE,
];

export async function inspectBatchNorms(
  model: OpenModel,
  context: BatchNormContext,
): Promise<InspectedBatchNorm[]> {
  const found: InspectedBatchNorm[] = [];
  let budget: number = limits.parameterValues;
  const reader = new ChannelReader(model);
  const folding = new FoldingJudge(context);
  for (const [index, node] of context.graph.node.entries()) {
    if (!isBatchNorm(node)) continue;
    const { values, missing } = await readParameters(reader, node, context, budget);
    if (values !== null) budget -= roles.length * values.gamma.length;
    found.push(judge({ index, node, values, missing }, context, folding));
  }
  return found;
}

interface Found {
  readonly index: number;
  readonly node: NodeProto;
  readonly values: Parameters<Float32Array> | null;
  readonly missing: string | null;
}

function judge(
  { index, node, values, missing }: Found,
  context: BatchNormContext,
  folding: FoldingJudge,
): InspectedBatchNorm {
  const epsilon = epsilonOf(node);
  const affine = values && affineOf(values, epsilon);
  const gamma = context.index.constant(node.input[1] ?? '');
  return {
    node: index,
    name: context.index.nameOf(node),
    epsilon,
    momentum: new Attributes(node).float('momentum', 0.9),
    trainingMode: isTraining(node, context.opset),
    channels: values?.gamma.length ?? (gamma?.dims.length === 1 ? Number(gamma.dims[0]) : null),
    values: values && {
      gamma: toBase64(values.gamma),
      beta: toBase64(values.beta),
      mean: toBase64(values.mean),
      variance: toBase64(values.variance),
    },
    missing,
    problems: affine === null ? [] : findProblems(values!, affine),
    folding: folding.judge(
      node,
      affine === null
        ? `its parameters cannot be read. ${missing}`
        : brokenChannel(values!.variance, affine),
    ),
    runtime: foldsAtRuntime(node, context),
  };
}

async function readParameters(
  reader: ChannelReader,
  node: NodeProto,
  context: BatchNormContext,
  budget: number,
): Promise<Pick<Found, 'values' | 'missing'>> {
  try {
    const tensors = findTensors(node, context);
    const channels = Number(tensors.gamma.dims[0]);
    if (roles.length * channels > budget) {
      throw new ModelFileError(
        `The model has more than ${limits.parameterValues} parameters of batch normalizations; those of the first ones are shown.`,
      );
    }
    const [gamma, beta, mean, variance] = [
      await reader.read(tensors.gamma, 'gamma'),
      await reader.read(tensors.beta, 'beta'),
      await reader.read(tensors.mean, 'mean'),
      await reader.read(tensors.variance, 'variance'),
    ];
    return { values: { gamma, beta, mean, variance }, missing: null };
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    return { values: null, missing: error.message };
  }
}

function findTensors(node: NodeProto, context: BatchNormContext): Parameters<TensorProto> {
  const [gamma, beta, mean, variance] = roles.map((role, position): TensorProto => {
    const name = node.input[position + 1] ?? '';
    const tensor = context.index.constant(name);
    const place = `${role} ${JSON.stringify(name)}`;
    if (tensor === undefined) {
      throw new ModelFileError(`${place}: expected a constant, found ${whatIs(name, context)}.`);
    }
    if (tensor.dims.length !== 1) {
      throw new ModelFileError(`${place}: expected shape [channels], found [${tensor.dims}].`);
    }
    if (!readableTypes.includes(tensor.dataType)) {
      throw new ModelFileError(
        `${place}: expected floating-point values, found ${typeName(tensor.dataType)}.`,
      );
    }
    return tensor;
  });
  for (const [role, tensor] of Object.entries({ beta, mean, variance })) {
    if (tensor.dims[0] !== gamma.dims[0]) {
      throw new ModelFileError(
        `${role} ${JSON.stringify(tensor.name)}: expected ${gamma.dims[0]} channels as gamma has, found ${tensor.dims[0]}.`,
      );
    }
  }
  return { gamma, beta, mean, variance };
}

function whatIs(tensor: string, { index, graph }: BatchNormContext): string {
  if (tensor === '') return 'nothing';
  if (index.isReplaceable(tensor)) return 'a default, which whoever runs the model may replace';
  const writer = index.producer(tensor);
  if (writer !== undefined) return `what ${writer.opType} computes`;
  return graph.input.some(({ name }) => name === tensor)
    ? 'an input of the graph'
    : 'no tensor of this name';
}

/** Reads parameters, those that several nodes share once. */
class ChannelReader {
  readonly #model: OpenModel;
  readonly #known = new Map<TensorProto, Float32Array>();

  constructor(model: OpenModel) {
    this.#model = model;
  }

  async read(tensor: TensorProto, role: string): Promise<Float32Array> {
    const known = this.#known.get(tensor);
    if (known !== undefined) return known;
    try {
      const values = await this.#readAll(tensor);
      this.#known.set(tensor, values);
      return values;
    } catch (error) {
      if (!(error instanceof ModelFileError)) throw error;
      throw new ModelFileError(`${role} ${JSON.stringify(tensor.name)}: ${error.message}.`, {
        cause: error,
      });
    }
  }

  async #readAll(tensor: TensorProto): Promise<Float32Array> {
    const place = await this.#model.place(tensor);
    const values = new Float32Array(place.count);
    let filled = 0;
    for await (const piece of this.#model.values(place)) {
      values.set(piece, filled);
      filled += piece.length;
    }
    return values;
  }
}
