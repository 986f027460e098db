/** Activation functions: all have the same calls and differ in the kernel's name. */
import type { Layer } from '../../network/types.ts';
import { paddedRows, panelBytes, panels } from '../blocked.ts';
import { type Call, local } from '../calls.ts';
import type { InferenceSite, LayerDefinition } from './layer.ts';

/**
 * `kernel` names the pair `<kernel>Forward`, `<kernel>Backward`, the latter from what it `reads`; `slope` is a constant of
 * the function, if it has one.
 */
export function elementwise<L extends Layer>(
  kernel: string,
  reads: 'input' | 'output',
  slope: (layer: L) => number = () => 0,
): LayerDefinition<L> {
  const forward = ({ layer, input, output }: InferenceSite<L>): Call[] => [
    local(
      `${kernel}Forward`,
      panels(input),
      ...[input.offset, output.offset, panelBytes(input), paddedRows(input), slope(layer)],
    ),
  ];
  return {
    parameters: () => [],
    backwardReads: [reads],
    forward,
    backward: ({ layer, input, output, outputGradient, inputGradient }) => {
      if (!inputGradient) return [];
      return [
        local(
          `${kernel}Backward`,
          panels(input),
          ...[input.offset, output.offset, outputGradient.offset, inputGradient.offset],
          ...[panelBytes(input), paddedRows(input), slope(layer)],
        ),
      ];
    },
    inference: forward,
  };
}
