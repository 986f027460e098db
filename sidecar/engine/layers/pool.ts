/** Pooling over the windows of an image or a sequence, or over all of it. */
import { lanes, type Place, panelBytes, panels } from '../blocked.ts';
import { type Call, inParts, meeting } from '../calls.ts';
import { backwardWindows, coverage, forwardWindows, type Geometry, locations } from '../windows.ts';
import type { InferenceSite, LayerDefinition, LayerOf, TrainingSite } from './layer.ts';

type Pool = LayerOf<'maxpool' | 'avgpool' | 'global-avgpool'>;

/** The largest of each window; the first of equals, as PyTorch. */
export const maxpool: LayerDefinition<LayerOf<'maxpool'>> = {
  parameters: () => [],
  backwardReads: [],
  forward: (site) => [largest(site, winners(site))],
  backward: (site) => {
    if (!site.inputGradient) return [];
    const { layer, outputGradient, inputGradient } = site;
    const windows = backwardWindows(geometryOf(layer), pixelBytes(outputGradient), tapNumber);
    const places = [outputGradient.offset, inputGradient.offset, winners(site)];
    return [
      byLines(
        site,
        'maxpoolBackward',
        places,
        windows,
        outputGradient,
        inputGradient,
        locations(layer.input),
      ),
    ];
  },
  inference: (site) => [largest(site, 0)],
};

/** The mean of what each window covers inside the image. */
export const avgpool: LayerDefinition<LayerOf<'avgpool' | 'global-avgpool'>> = {
  parameters: () => [],
  backwardReads: [],
  forward: (site) => [average(site)],
  backward: (site) => {
    if (!site.inputGradient) return [];
    const { layer, outputGradient, inputGradient } = site;
    const geometry = geometryOf(layer);
    const covered = coverage(geometry);
    const windows = backwardWindows(geometry, pixelBytes(outputGradient), (_, pixel) =>
      weight(1 / covered[pixel]),
    );
    const places = [outputGradient.offset, inputGradient.offset];
    return [
      byLines(
        site,
        'weightedSum',
        places,
        windows,
        outputGradient,
        inputGradient,
        locations(layer.input),
      ),
    ];
  },
  inference: (site) => [average(site)],
};

function largest(site: InferenceSite<LayerOf<'maxpool'>>, winners: number): Call {
  const { layer, input, output } = site;
  const windows = forwardWindows(geometryOf(layer), pixelBytes(input), tapNumber);
  const places = [input.offset, output.offset, winners];
  return byLines(site, 'maxpoolForward', places, windows, input, output, locations(layer.output));
}

function average(site: InferenceSite<LayerOf<'avgpool' | 'global-avgpool'>>): Call {
  const { layer, input, output } = site;
  const geometry = geometryOf(layer);
  const covered = coverage(geometry);
  const windows = forwardWindows(geometry, pixelBytes(input), (_, pixel) =>
    weight(1 / covered[pixel]),
  );
  return byLines(
    site,
    'weightedSum',
    [input.offset, output.offset],
    windows,
    input,
    output,
    locations(layer.output),
  );
}

/** A call over the lines of pixels of each panel of `to`. */
function byLines(
  { table }: Pick<InferenceSite<Pool>, 'table'>,
  kernel: string,
  places: readonly number[],
  windows: Int32Array,
  from: Place,
  to: Place,
  [height, width]: readonly [number, number],
): Call {
  const strides = [panelBytes(from), panelBytes(to), pixelBytes(to)];
  return inParts(
    meeting(kernel, panels(to), ...places, table(windows), height, width, ...strides),
    height,
  );
}

/** Where the number of each window's largest tap is kept, as i16. */
function winners({ output, buffer }: TrainingSite<LayerOf<'maxpool'>>): number {
  return buffer('winners', { ...output, stride: output.stride / 2 });
}

function tapNumber(tap: number) {
  return [{ offset: 0, value: tap }];
}

/** A float32 as its bits. */
function weight(value: number) {
  return [{ offset: 0, value: new Int32Array(Float32Array.of(value).buffer)[0] }];
}

function pixelBytes({ stride }: Place): number {
  return stride * lanes * Float32Array.BYTES_PER_ELEMENT;
}

function geometryOf(layer: Pool): Geometry {
  const places = { input: locations(layer.input), output: locations(layer.output) };
  const dilation = [1, 1] as const;
  if (layer.kind === 'global-avgpool') {
    const padding = { top: 0, bottom: 0, left: 0, right: 0 };
    return { ...places, kernel: places.input, stride: [1, 1], dilation, padding };
  }
  const geometry = { ...layer, ...places, dilation };
  if (coverage(geometry).includes(0)) {
    throw new Error(
      `${layer.name}: expected every window to cover a part of its input, found one that lies in the padding; use less padding`,
    );
  }
  return geometry;
}
