/** Which layers of a network learn, and how; by it the program is written. */
import { isTrainedBatchNorm, isWeighted, type Layer, type Network } from '../network/types.ts';

/** Whether a layer has tensors that are saved. */
export function hasParameters({ kind }: Layer): boolean {
  const normalizes = kind === 'batchnorm' || kind === 'layernorm' || kind === 'groupnorm';
  return normalizes || isWeighted(kind);
}

/** Whether a layer has parameters that move. */
function learns(layer: Layer): boolean {
  if (layer.learningRate === 0) return false;
  return layer.kind === 'batchnorm' ? layer.state !== 'freeze' : hasParameters(layer);
}

/** Layers with parameters, none of which moves. */
export function stillLayers({ layers }: Network): readonly Layer[] {
  return layers.filter((each) => hasParameters(each) && !learns(each));
}

/** Layers that learn at another rate than the network's. */
export function layersWithOwnRate({ layers }: Network): readonly Layer[] {
  return layers.filter((each) => learns(each) && each.learningRate !== 1);
}

/** Whether biases, gamma and beta do not decay while weights do. */
export function decaysWeightsAlone({ train: { optimizer } }: Network): boolean {
  return optimizer.weightDecay !== 0 && optimizer.weightDecayOn === 'weights';
}

/** Batch normalizations that train: those whose statistics are recomputed at the end, and the others. */
export function settledLayers({ layers }: Network) {
  const trained = layers.filter(isTrainedBatchNorm);
  return {
    exact: trained.filter(({ statistics }) => statistics === 'exact'),
    moving: trained.filter(({ statistics }) => statistics === 'moving'),
  };
}
