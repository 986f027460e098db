/**
 * One layer by itself, its calls run over a small memory. The memory is full of other numbers before, so that a kernel
 * that counts on zeros, or sums over what pads, is found out; and three threads take turns at every call.
 */
import { createArenas } from '../../sidecar/engine/arena.ts';
import {
  activationExtent,
  index,
  matrixExtent,
  type Place,
  packParameter,
  placeBytes,
  unpackParameter,
  unpackRows,
  vectorExtent,
} from '../../sidecar/engine/blocked.ts';
import { argumentsOf, type Call } from '../../sidecar/engine/calls.ts';
import { instantiateKernels, type KernelBuild } from '../../sidecar/engine/kernels.ts';
import type {
  InferenceSite,
  LayerDefinition,
  TrainingSite,
} from '../../sidecar/engine/layers/layer.ts';
import { type Layer, sizeOf } from '../../sidecar/network/types.ts';

interface Given {
  readonly batch: number;
  /** `[examples][channels][locations]`. */
  readonly input: Float32Array;
  /** As saved, by tensor. */
  readonly parameters?: Readonly<Record<string, Float32Array>>;
  readonly outputGradient: Float32Array;
  readonly build: KernelBuild;
}

const order = [2, 0, 1];

export async function runAlone<L extends Layer>(
  definition: LayerDefinition<L>,
  layer: L,
  { batch, input: values, parameters = {}, outputGradient: gradients, build }: Given,
) {
  const arenas = createArenas();
  const { allocate, place } = arenas.for('test');
  const planes = definition.readsPlanes?.(layer) ?? false;
  const extent = activationExtent(batch, layer.input);
  const input = place(planes ? { ...extent, lanes: 1 } : extent);
  const output = place(activationExtent(batch, layer.output));
  const outputGradient = place(activationExtent(batch, layer.output));
  const inputGradient = planes ? null : place(extent);
  const specifications = definition.parameters(layer, input);
  const learned = specifications.map(({ tensor, shape: [units, ...inputs], pixels }) => {
    const extent =
      inputs.length === 0 ? vectorExtent(units) : matrixExtent(units, sizeOf(inputs), pixels);
    return { tensor, place: place(extent), gradient: place(extent) };
  });
  const buffers = new Map<string, number>();
  const tables: { readonly offset: number; readonly values: Int32Array }[] = [];
  const statistics = new Map<string, number>();
  const site: TrainingSite<L> = {
    ...{ layer, input, inputs: [input], output, outputGradient },
    ...{ inputGradient, inputGradients: [inputGradient], step: 0, seed: 1 },
    parameter: (tensor) => learned.find((each) => each.tensor === tensor)!.place.offset,
    gradient: (tensor) => learned.find((each) => each.tensor === tensor)!.gradient.offset,
    buffer: (name, extent) => {
      const offset = buffers.get(name) ?? place(extent).offset;
      buffers.set(name, offset);
      return offset;
    },
    table: (values) => {
      const offset = allocate(values.byteLength);
      tables.push({ offset, values });
      return offset;
    },
    statistics: (quantity) => {
      const offset = statistics.get(quantity) ?? place(vectorExtent(layer.output[0])).offset;
      statistics.set(quantity, offset);
      return offset;
    },
  };
  const forward = definition.forward(site);
  const backward = [...definition.backward(site), ...(definition.afterwards?.(site) ?? [])];
  const inference = definition.inference(site as InferenceSite<L>);

  const pages = Math.ceil(arenas.bytes / 65_536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const kernels = await instantiateKernels(memory, build);
  const floats = new Float32Array(memory.buffer);
  floats.fill(1000, 1024);
  for (const { offset, values } of tables) new Int32Array(memory.buffer, offset).set(values);
  for (const { tensor, place } of learned) packParameter(floats, place, parameters[tensor]);
  write(floats, input, values);
  // Lanes that pad are 0 in gradients.
  floats.fill(0, outputGradient.offset / 4, (outputGradient.offset + placeBytes(output)) / 4);
  for (let pixel = 0; pixel < output.pixels; pixel++) {
    for (let row = batch; row < output.stride; row++) {
      for (let unit = 0; unit < output.units; unit++) {
        floats[outputGradient.offset / 4 + index(output, row, unit, pixel)] = 1000;
      }
    }
  }
  write(floats, outputGradient, gradients);

  const run = (calls: readonly Call[]) => {
    for (const call of calls) {
      for (const thread of order) {
        const args = argumentsOf(call, thread, order.length);
        if (args[0] < args[1]) kernels[call.kernel](...args);
      }
    }
  };
  const read = (place: Place) => {
    const values = new Float32Array(batch * place.units * place.pixels);
    unpackRows(floats, place, batch, values, 0);
    return values;
  };
  run(forward);
  const trained = read(output);
  run(backward);
  return {
    output: trained,
    /** Output of inference with the parameters as the step has left them. */
    evaluated: () => {
      run(inference);
      return read(output);
    },
    inputGradient: inputGradient && read(inputGradient),
    /** Whether the input's gradient is 0 in all lanes that pad, for rows that don't. */
    padsWithZeros: inputGradient === null || read(padding(inputGradient)).every((x) => x === 0),
    gradients: Object.fromEntries(
      learned.map(({ tensor, gradient }) => [tensor, unpackParameter(floats, gradient)]),
    ),
    /** Gradients in memory as they lie there, with what pads. */
    rawGradients: Object.fromEntries(
      learned.map(({ tensor, gradient }) => [
        tensor,
        floats.slice(gradient.offset / 4, (gradient.offset + placeBytes(gradient)) / 4),
      ]),
    ),
    parameters: Object.fromEntries(
      learned.map(({ tensor, place }) => [tensor, unpackParameter(floats, place)]),
    ),
    statistic: (quantity: string) =>
      floats.slice(statistics.get(quantity)! / 4, statistics.get(quantity)! / 4 + layer.output[0]),
  };
}

function write(memory: Float32Array, place: Place, values: Float32Array): void {
  const { units, pixels, rows, offset } = place;
  values.forEach((value, i) => {
    const pixel = i % pixels;
    const unit = Math.floor(i / pixels) % units;
    const row = Math.floor(i / pixels / units);
    if (row < rows) memory[offset / 4 + index(place, row, unit, pixel)] = value;
  });
}

/** The lanes behind a tensor's last unit as a tensor. */
function padding(place: Place): Place {
  const first = place.units & 7;
  const lanes = first === 0 ? 0 : 8 - first;
  const panel = (place.units - first) * place.pixels * place.stride * 4;
  return { ...place, units: lanes, offset: place.offset + panel + first * 4 };
}
