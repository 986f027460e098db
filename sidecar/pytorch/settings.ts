/** Hyper-parameters as constants at the program's top. */
import type { Network, Train } from '../network/types.ts';
import { decaysWeightsAlone, layersWithOwnRate } from './learning.ts';
import { floatLiteral, stringLiteral } from './python.ts';

/** Name, value as Python writes it, and what it counts or means. */
type Constant = readonly [name: string, value: string, about?: string];

/** One constant a line, those alone that this network has; `attributes` has a Python name for each layer's. */
export function settings(network: Network, attributes: ReadonlyMap<string, string>): string {
  const { train } = network;
  const constants: readonly Constant[] = [
    ['SEED', String(train.seed), 'of the order of examples and of whatever else is random'],
    ['BATCH_SIZE', String(train.batchSize), 'examples a step, over all processes together'],
    ['STEPS', String(train.steps)],
    ['EVALUATE_EVERY', String(train.evaluateEvery), 'steps'],
    ['LEARNING_RATE', floatLiteral(train.learningRate)],
    ...scheduleConstants(train.schedule),
    ...optimizerConstants(network),
    ...restrictions(train),
    ...ownRates(network, attributes),
  ];
  return constants
    .map(([name, value, about]) => `${name} = ${value}${about === undefined ? '' : `  # ${about}`}`)
    .join('\n');
}

function scheduleConstants(schedule: Train['schedule']): Constant[] {
  const warmup: Constant[] =
    schedule.warmup > 0
      ? [['WARMUP', String(schedule.warmup), 'steps in which the learning rate rises']]
      : [];
  switch (schedule.kind) {
    case 'constant':
      return warmup;
    case 'step':
    case 'exponential':
      return [
        ...warmup,
        ['DECAY_EVERY', String(schedule.every), 'steps, for the learning rate'],
        ['DECAY_FACTOR', floatLiteral(schedule.factor)],
      ];
    case 'cosine':
      return [...warmup, ['FINAL_LEARNING_RATE', floatLiteral(schedule.final), 'in the last step']];
  }
}

function optimizerConstants(network: Network): Constant[] {
  const { optimizer } = network.train;
  const constants: Constant[] = [];
  if (optimizer.kind === 'adam' || optimizer.kind === 'adamw') {
    const { beta1, beta2 } = optimizer;
    constants.push(['BETAS', `(${beta1}, ${beta2})`, 'shares of the moments that stay']);
  }
  if (optimizer.kind === 'rmsprop') {
    const about = 'share of the mean square that stays';
    constants.push(['SQUARES_DECAY', floatLiteral(optimizer.decay), about]);
  }
  if ('momentum' in optimizer && optimizer.momentum !== 0) {
    const about = 'share of the velocity that stays';
    constants.push(['MOMENTUM', floatLiteral(optimizer.momentum), about]);
  }
  if (optimizer.kind !== 'sgd') {
    constants.push(['EPSILON', floatLiteral(optimizer.epsilon), 'added to divisors']);
  }
  if (optimizer.weightDecay !== 0) {
    const about = decaysWeightsAlone(network)
      ? 'of the weights of dense layers and convolutions'
      : 'of all parameters';
    constants.push(['WEIGHT_DECAY', floatLiteral(optimizer.weightDecay), about]);
  }
  return constants;
}

/** What keeps training within bounds. */
function restrictions(train: Train): Constant[] {
  const { clipGradient, labelSmoothing, earlyStopping, augmentation } = train;
  const constants: Constant[] = [];
  if (clipGradient !== null) {
    const about = 'largest L2 norm of all gradients together';
    constants.push(['CLIP_GRADIENT', floatLiteral(clipGradient), about]);
  }
  if (labelSmoothing > 0) {
    const about = 'share that is spread evenly over all classes';
    constants.push(['LABEL_SMOOTHING', floatLiteral(labelSmoothing), about]);
  }
  if (earlyStopping !== null) {
    const about = 'evaluations without a smaller loss';
    constants.push(['PATIENCE', String(earlyStopping.patience), about]);
  }
  if (augmentation && augmentation.shift > 0) {
    constants.push(['SHIFT', String(augmentation.shift), 'pixels along each axis, at most']);
  }
  if (augmentation && augmentation.crop > 0) {
    constants.push(['CROP', String(augmentation.crop), 'pixels of zeros around a random crop']);
  }
  return constants;
}

function ownRates(network: Network, attributes: ReadonlyMap<string, string>): Constant[] {
  const entries = layersWithOwnRate(network).map(
    ({ name, learningRate }) =>
      `${stringLiteral(attributes.get(name)!)}: ${floatLiteral(learningRate)}`,
  );
  if (entries.length === 0) return [];
  return [['RATE_FACTORS', `{${entries.join(', ')}}`, 'of the learning rate, by layer']];
}
