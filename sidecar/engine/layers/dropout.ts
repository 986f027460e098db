/** Inverted dropout: what is kept is divided by the share that is kept, so inference is the identity. */
import { seededRandom } from '../../random.ts';
import { type Place, paddedRows, panelBytes, panels } from '../blocked.ts';
import { type Call, local } from '../calls.ts';
import type { LayerDefinition, LayerOf, TrainingSite } from './layer.ts';

type Dropout = LayerOf<'dropout'>;

export const dropout: LayerDefinition<Dropout> = {
  parameters: () => [],
  identity: 'inference',
  forward: (site) => [mask(site, site.input, site.output)],
  backward: (site) => {
    if (!site.inputGradient) return [];
    return [mask(site, site.outputGradient, site.inputGradient)];
  },
  inference: () => [],
};

/** The mask follows from seed, layer name and step, so forward and backward need not share it. */
function mask({ layer, step, seed }: TrainingSite<Dropout>, from: Place, to: Place): Call {
  const key = seededRandom(seed, 'dropout', layer.name).uint32();
  const threshold = Math.round(layer.rate * 2 ** 32);
  return local(
    'dropout',
    panels(from),
    ...[from.offset, to.offset, panelBytes(from), paddedRows(from)],
    ...[key, step, threshold, 1 / (1 - layer.rate)],
  );
}
