/** The functions for the learning rate and the optimizer; PyTorch's optimizers have the engine's formulas. */
import type { Network, Train } from '../network/types.ts';
import { decaysWeightsAlone, layersWithOwnRate } from './learning.ts';

export function learningRate({ schedule }: Train): string {
  const warms = schedule.warmup > 0;
  const warming = `    if step < WARMUP:
        return LEARNING_RATE * (step + 1) / WARMUP
`;
  return `def learning_rate(step):
    """Of a step, counted from 0."""
${warms ? warming : ''}    ${afterWarmup(schedule.kind, warms)}`;
}

function afterWarmup(kind: Train['schedule']['kind'], warms: boolean): string {
  const time = warms ? '(step - WARMUP)' : 'step';
  switch (kind) {
    case 'constant':
      return 'return LEARNING_RATE';
    case 'step':
      return `return LEARNING_RATE * DECAY_FACTOR ** (${time} // DECAY_EVERY)`;
    case 'exponential':
      return `return LEARNING_RATE * DECAY_FACTOR ** (${time} / DECAY_EVERY)`;
    case 'cosine':
      return `progress = min(1, ${time} / max(1, STEPS - 1${warms ? ' - WARMUP' : ''}))
    height = (1 + math.cos(math.pi * progress)) / 2
    return FINAL_LEARNING_RATE + (LEARNING_RATE - FINAL_LEARNING_RATE) * height`;
  }
}

export function optimizer(network: Network): string {
  const { kind, weightDecay } = network.train.optimizer;
  const ownRates = layersWithOwnRate(network).length > 0;
  const weightsAlone = decaysWeightsAlone(network);
  const grouped = ownRates || weightsAlone;
  const args = [grouped ? 'parameter_groups(network)' : 'network.parameters()', 'lr=LEARNING_RATE'];
  args.push(...optionsOf(network.train.optimizer));
  if (weightDecay !== 0) args.push('weight_decay=WEIGHT_DECAY');
  // PyTorch's has one where nothing is said.
  else if (kind === 'adamw') args.push('weight_decay=0.0');
  const create = `def create_optimizer(network):
    return ${call(`torch.optim.${classes[kind]}`, args)}`;
  return grouped ? `${parameterGroups(ownRates, weightsAlone)}\n\n\n${create}` : create;
}

/** In one line where that fits the page. */
function call(name: string, args: readonly string[]): string {
  const line = `${name}(${args.join(', ')})`;
  return line.length <= 88 ? line : `${name}(\n        ${args.join(',\n        ')},\n    )`;
}

const classes = {
  sgd: 'SGD',
  adam: 'Adam',
  adamw: 'AdamW',
  rmsprop: 'RMSprop',
  adagrad: 'Adagrad',
} as const satisfies Record<Train['optimizer']['kind'], string>;

function optionsOf(optimizer: Train['optimizer']): readonly string[] {
  const momentum = 'momentum' in optimizer && optimizer.momentum !== 0 ? ['momentum=MOMENTUM'] : [];
  switch (optimizer.kind) {
    case 'sgd':
      // PyTorch refuses it without momentum, where it makes no difference.
      return optimizer.nesterov && momentum.length > 0 ? [...momentum, 'nesterov=True'] : momentum;
    case 'adam':
    case 'adamw':
      return ['betas=BETAS', 'eps=EPSILON'];
    case 'rmsprop':
      return ['alpha=SQUARES_DECAY', 'eps=EPSILON', ...momentum];
    case 'adagrad':
      return ['eps=EPSILON'];
  }
}

function parameterGroups(ownRates: boolean, weightsAlone: boolean): string {
  const lines = [
    'def parameter_groups(network):',
    '    """A group for each parameter, since not all are treated alike."""',
    '    groups = []',
    '    for name, layer in network.named_children():',
    ...(weightsAlone
      ? ['        weighted = isinstance(layer, (nn.Linear, nn.Conv1d, nn.Conv2d))']
      : []),
    '        for kind, parameter in layer.named_parameters():',
    '            group = {"params": [parameter]}',
    ...(ownRates ? ['            group["factor"] = RATE_FACTORS.get(name, 1.0)'] : []),
    ...(weightsAlone
      ? [
          '            if not weighted or kind == "bias":',
          '                group["weight_decay"] = 0.0',
        ]
      : []),
    '            groups.append(group)',
    '    return groups',
  ];
  return lines.join('\n');
}
