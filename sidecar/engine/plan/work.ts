/** How much arithmetic a step is: what the number of threads is chosen by. */
import { locationsOf, sizeOf } from '../../network/types.ts';
import { definitionOf } from '../layers/index.ts';
import type { Graph } from './graph.ts';

/** What a value costs that passes through a layer in all of its calls, in multiplications with addition. */
const valueCost = 20;

/**
 * Multiplications with addition in a step, roughly: every weight of a matrix is used once a location of the output in
 * each of forward, gradient of the input and gradient of the weights.
 */
export function stepWork({ nodes }: Graph, rows: number): number {
  return nodes.reduce((sum, { layer }) => {
    const locations = locationsOf(layer.output);
    const weights = definitionOf(layer)
      .parameters(layer)
      .filter(({ shape, learned }) => learned && shape.length > 1 && layer.input.length > 0)
      .reduce((total, { shape }) => total + sizeOf(shape), 0);
    return sum + rows * (3 * weights * locations + valueCost * sizeOf(layer.output));
  }, 0);
}
