/** What training and inference share: parameters, normalization, and the way of a batch into the network. */
import { type Layer, type Network, sizeOf } from '../../network/types.ts';
import type { Arenas } from '../arena.ts';
import {
  type Extent,
  matrixExtent,
  type Place,
  panelBytes,
  panels,
  vectorExtent,
} from '../blocked.ts';
import { type Call, inParts, local } from '../calls.ts';
import { definitionOf } from '../layers/index.ts';
import type { ParameterSpecification } from '../layers/layer.ts';
import { extentOf, type Graph, networkInput } from './graph.ts';
import type { Desk } from './placement.ts';
import type { BatchPlan, InferencePlan, Parameter } from './types.ts';

export type Common = Pick<InferencePlan, 'features' | 'parameters' | 'normalization'>;

/** `learning` names the layers whose gradients are computed. */
export function planCommon(
  network: Network,
  graph: Graph,
  arenas: Arenas,
  learning: ReadonlySet<string>,
): Common {
  const features = sizeOf(network.input);
  const vector = vectorExtent(features);
  const values = arenas.for('parameters');
  const gradients = arenas.for('gradients');
  const parameters = graph.nodes.flatMap(({ layer, inputs }) =>
    definitionOf(layer)
      .parameters(layer, extentOf(graph, inputs[0], 1))
      .map((specification): Parameter => {
        const { tensor, shape, learned } = specification;
        const extent = parameterExtent(specification);
        const place = values.place(extent);
        const gradient = learned && learning.has(layer.name) ? gradients.place(extent) : null;
        const name = `${layer.name}.${tensor}`;
        return { name, layer: layer.name, tensor, shape, place, gradient };
      }),
  );
  const normalization = {
    mean: values.place(vector),
    deviation: values.place(vector),
  };
  return { features, parameters, normalization };
}

function parameterExtent({ shape: [units, ...inputs], pixels }: ParameterSpecification): Extent {
  return inputs.length === 0 ? vectorExtent(units) : matrixExtent(units, sizeOf(inputs), pixels);
}

/** The way of a batch from raw examples to the input's activation, which is group 0 of the calls. */
export function planInput(
  graph: Graph,
  { features, normalization }: Common,
  rows: number,
  desk: Desk,
): { readonly input: Place } & Pick<BatchPlan, 'staging' | 'gather'> {
  const input = desk.use(networkInput, extentOf(graph, networkInput, rows), 0);
  // The last panel of the last row reads past its end.
  const bytes = rows * features * Float32Array.BYTES_PER_ELEMENT + 32;
  const staging = desk.useBytes('staging', bytes, 0);
  const common = [
    staging,
    rows,
    features,
    normalization.mean.offset,
    normalization.deviation.offset,
  ];
  const gather = (kind: 'Bytes' | 'Floats'): Call => {
    const { units, pixels, stride, lanes, offset } = input;
    if (pixels === 1 && lanes === 8) {
      return local(`gather${kind}`, panels(input), ...common, offset, panelBytes(input));
    }
    const args = [offset, units, pixels, stride, lanes];
    return inParts(local(`gatherImage${kind}`, panels(input), ...common, ...args), pixels);
  };
  return { input, staging, gather: { bytes: gather('Bytes'), floats: gather('Floats') } };
}

/** Looks a parameter's offset up by layer and tensor. */
export function offsets(
  parameters: readonly Parameter[],
  offset: (parameter: Parameter) => number | undefined,
) {
  return ({ name: layer }: Layer) =>
    (tensor: string) => {
      const found = parameters.find((entry) => entry.layer === layer && entry.tensor === tensor);
      const result = found && offset(found);
      if (result === undefined) throw new Error(`${layer}: has no ${tensor}`);
      return result;
    };
}
