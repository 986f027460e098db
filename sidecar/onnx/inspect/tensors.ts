/** The tensors of constant values in a graph, as a list. */
import type { TensorProto } from 'onnx-buf';
import type { InspectedTensor } from '../../protocol/inspect.ts';
import { ModelFileError } from '../errors.ts';
import { isOperator } from '../foreign/node.ts';
import { heldTensor } from '../foreign/tensors.ts';
import type { OpenModel } from './open-model.ts';
import { bytesOf, isExternal } from './tensor-place.ts';
import { typeName } from './tensor-types.ts';

export interface NamedTensor {
  readonly name: string;
  readonly tensor: TensorProto;
}

/** Initializers, values of sparse ones, and what Constant nodes hold, under the names that nodes know them by. */
export function constantTensors({ graph }: OpenModel): NamedTensor[] {
  const named = (tensor: TensorProto) => ({ name: tensor.name, tensor });
  const sparse = graph.sparseInitializer.flatMap(({ values }) => (values ? [named(values)] : []));
  const held = graph.node
    .filter((node) => isOperator(node, 'Constant'))
    .flatMap((node) => {
      const tensor = heldTensor(node);
      return tensor === undefined ? [] : [{ name: node.output[0] ?? tensor.name, tensor }];
    });
  return [...graph.initializer.map(named), ...sparse, ...held];
}

export async function inspectTensors(model: OpenModel): Promise<InspectedTensor[]> {
  const found: InspectedTensor[] = [];
  for (const { name, tensor } of constantTensors(model)) {
    found.push({
      name,
      type: typeName(tensor.dataType),
      shape: tensor.dims.map(Number),
      bytes: bytesOf(tensor, model.payloads(tensor)),
      external: isExternal(tensor)
        ? (tensor.externalData.find(({ key }) => key === 'location')?.value ?? '')
        : null,
      problem: await problemOf(model, tensor),
    });
  }
  return found;
}

async function problemOf(model: OpenModel, tensor: TensorProto): Promise<string | null> {
  try {
    await model.place(tensor);
    return null;
  } catch (error) {
    if (error instanceof ModelFileError) return error.message;
    throw error;
  }
}
