/** Hyper-parameters as constants at the program's top, and the functions that go with them: schedule and optimizer. */
import {
  isTrainedBatchNorm,
  isWeighted,
  type Layer,
  type Network,
  type Train,
} from '../network/types.ts';
import { floatLiteral, stringLiteral } from './python.ts';

type Attributes = ReadonlyMap<string, string>;

/** One constant a line, with its unit. */
export function settings(network: Network, attributes: Attributes): string {
  const { train, layers } = network;
  const { schedule, optimizer, augmentation } = train;
  const lines: string[] = [];
  const add = (name: string, value: string, about = '') =>
    lines.push(`${name} = ${value}${about && `  # ${about}`}`);
  const share = (name: string, value: number, about: string) => {
    if (value !== 0) add(name, floatLiteral(value), about);
  };
  add('SEED', String(train.seed), 'of the order of examples and of what is random besides');
  add('BATCH_SIZE', String(train.batchSize), 'examples a step, over all processes together');
  add('STEPS', String(train.steps));
  add('EVALUATE_EVERY', String(train.evaluateEvery), 'steps');
  add(
    'LEARNING_RATE',
    floatLiteral(train.learningRate),
    schedule.kind === 'constant' ? '' : 'before it decays',
  );
  if (schedule.warmup > 0) add('WARMUP', String(schedule.warmup), 'steps');
  if (schedule.kind === 'step' || schedule.kind === 'exponential') {
    add('DECAY_EVERY', String(schedule.every), 'steps');
    add('DECAY_FACTOR', floatLiteral(schedule.factor));
  }
  if (schedule.kind === 'cosine') {
    add('FINAL_LEARNING_RATE', floatLiteral(schedule.final), 'of the last step');
  }
  if (optimizer.kind === 'sgd')
    share('MOMENTUM', optimizer.momentum, 'share of the velocity that stays');
  if (optimizer.kind === 'adam' || optimizer.kind === 'adamw') {
    add('BETAS', `(${optimizer.beta1}, ${optimizer.beta2})`, 'shares of the two moments that stay');
  }
  if (optimizer.kind === 'rmsprop') {
    add('SQUARES_DECAY', floatLiteral(optimizer.decay), 'share of the mean square that stays');
    share('MOMENTUM', optimizer.momentum, 'share of the velocity that stays');
  }
  if (optimizer.kind !== 'sgd')
    add('EPSILON', floatLiteral(optimizer.epsilon), 'added to divisors');
  const decayed =
    optimizer.weightDecayOn === 'weights'
      ? 'weights of dense layers and convolutions'
      : 'all parameters';
  share('WEIGHT_DECAY', optimizer.weightDecay, `of ${decayed}`);
  if (train.clipGradient !== null) {
    add(
      'CLIP_GRADIENT',
      floatLiteral(train.clipGradient),
      'largest L2 norm of all gradients together',
    );
  }
  share('LABEL_SMOOTHING', train.labelSmoothing, 'share that is spread evenly over all classes');
  if (train.earlyStopping) {
    add('PATIENCE', String(train.earlyStopping.patience), 'evaluations without a smaller loss');
  }
  if (augmentation?.shift) add('SHIFT', String(augmentation.shift), 'pixels, at most');
  if (augmentation?.crop)
    add('CROP', String(augmentation.crop), 'pixels of zeros around a random crop');
  const factors = layers.filter((each) => learns(each) && each.learningRate !== 1);
  if (factors.length > 0) {
    const entries = factors.map(
      ({ name, learningRate }) =>
        `${stringLiteral(attributes.get(name)!)}: ${floatLiteral(learningRate)}`,
    );
    add('RATE_FACTORS', `{${entries.join(', ')}}`, 'of the learning rate, by layer');
  }
  return lines.join('\n');
}

/** Whether a layer has parameters that move. */
export function learns(layer: Layer): boolean {
  if (layer.learningRate === 0) return false;
  if (layer.kind === 'batchnorm') return layer.state !== 'freeze';
  return hasParameters(layer);
}

/** Layers with parameters, none of which moves. */
export function stillLayers({ layers }: Network): readonly Layer[] {
  return layers.filter((each) => hasParameters(each) && !learns(each));
}

/** Batch normalizations whose statistics are recomputed at the end, and those that train without. */
export function settledLayers({ layers }: Network) {
  const trained = layers.filter(isTrainedBatchNorm);
  return {
    exact: trained.filter(({ statistics }) => statistics === 'exact'),
    moving: trained.filter(({ statistics }) => statistics === 'moving'),
  };
}

/** Whether a layer has tensors that are saved. */
export function hasParameters({ kind }: Layer): boolean {
  const normalizes = kind === 'batchnorm' || kind === 'layernorm' || kind === 'groupnorm';
  return normalizes || isWeighted(kind);
}

export function learningRate({ schedule }: Train): string {
  const { warmup, kind } = schedule;
  const lines = ['def learning_rate(step):', '    """Of a step, counted from 0."""'];
  const time = warmup > 0 ? '(step - WARMUP)' : 'step';
  if (warmup > 0) {
    lines.push('    if step < WARMUP:', '        return LEARNING_RATE * (step + 1) / WARMUP');
  }
  switch (kind) {
    case 'constant':
      lines.push('    return LEARNING_RATE');
      break;
    case 'step':
      lines.push(`    return LEARNING_RATE * DECAY_FACTOR ** (${time} // DECAY_EVERY)`);
      break;
    case 'exponential':
      lines.push(`    return LEARNING_RATE * DECAY_FACTOR ** (${time} / DECAY_EVERY)`);
      break;
    case 'cosine':
      lines.push(
        `    progress = min(1, ${time} / max(1, STEPS - 1${warmup > 0 ? ' - WARMUP' : ''}))`,
        '    swing = (1 + math.cos(math.pi * progress)) / 2',
        '    return FINAL_LEARNING_RATE + (LEARNING_RATE - FINAL_LEARNING_RATE) * swing',
      );
  }
  return lines.join('\n');
}

/** Whether parameters differ in what the optimizer does to them. */
export function differs(network: Network): { readonly rate: boolean; readonly decay: boolean } {
  const { weightDecay, weightDecayOn } = network.train.optimizer;
  return {
    rate: network.layers.some((each) => learns(each) && each.learningRate !== 1),
    decay: weightDecay !== 0 && weightDecayOn === 'weights',
  };
}

/** Functions that make the optimizer; PyTorch's have the engine's formulas. */
export function optimizer(network: Network): string {
  const { optimizer } = network.train;
  const { rate, decay } = differs(network);
  const [name, ...options] = constructorOf(optimizer);
  // AdamW of PyTorch decays where nothing is said.
  const decays = optimizer.weightDecay !== 0 ? 'WEIGHT_DECAY' : '0.0';
  if (!decay && (optimizer.weightDecay !== 0 || optimizer.kind === 'adamw')) {
    options.push(`weight_decay=${decays}`);
  }
  const parameters = rate || decay ? 'parameter_groups(network)' : 'network.parameters()';
  const call = `torch.optim.${name}(${[parameters, 'lr=LEARNING_RATE', ...options].join(', ')})`;
  const create = `def create_optimizer(network):\n    return ${call}`;
  return rate || decay ? `${parameterGroups(rate, decay)}\n\n\n${create}` : create;
}

function constructorOf(optimizer: Train['optimizer']): string[] {
  const momentum = 'momentum' in optimizer && optimizer.momentum !== 0 ? ['momentum=MOMENTUM'] : [];
  switch (optimizer.kind) {
    case 'sgd':
      return [
        'SGD',
        ...momentum,
        ...(momentum.length > 0 && optimizer.nesterov ? ['nesterov=True'] : []),
      ];
    case 'adam':
      return ['Adam', 'betas=BETAS', 'eps=EPSILON'];
    case 'adamw':
      return ['AdamW', 'betas=BETAS', 'eps=EPSILON'];
    case 'rmsprop':
      return ['RMSprop', 'alpha=SQUARES_DECAY', 'eps=EPSILON', ...momentum];
    case 'adagrad':
      return ['Adagrad', 'eps=EPSILON'];
  }
}

function parameterGroups(rate: boolean, decay: boolean): string {
  const lines = [
    'def parameter_groups(network):',
    '    """A group for each parameter, since not all are treated alike."""',
    '    groups = []',
    '    for name, layer in network.named_children():',
    ...(decay ? ['        weighted = isinstance(layer, (nn.Linear, nn.Conv1d, nn.Conv2d))'] : []),
    '        for kind, parameter in layer.named_parameters():',
    '            group = {"params": [parameter]}',
    ...(rate ? ['            group["factor"] = RATE_FACTORS.get(name, 1.0)'] : []),
    ...(decay
      ? [
          '            group["weight_decay"] = WEIGHT_DECAY if weighted and kind == "weight" else 0.0',
        ]
      : []),
    '            groups.append(group)',
    '    return groups',
  ];
  return lines.join('\n');
}
