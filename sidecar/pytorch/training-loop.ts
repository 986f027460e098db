/** The last part of the program: evaluation, exact statistics, and the loop itself. */
import { isTrainedBatchNorm, type Layer } from '../network/types.ts';
import type { Ejected } from './script.ts';
import { learns, settledLayers, stillLayers } from './settings.ts';

type Attributes = ReadonlyMap<string, string>;

export function trainingLoop(ejected: Ejected, attributes: Attributes): string {
  const settles = settledLayers(ejected.network).exact.length > 0;
  return [
    'def say(text):\n    if RANK == 0:\n        print(text, flush=True)',
    evaluation(ejected),
    ...(settles ? [settling(ejected, attributes)] : []),
    main(ejected, attributes),
  ].join('\n\n\n');
}

function evaluation({ classes }: Ejected): string {
  const measures = classes === null ? 'Loss' : 'Loss and accuracy';
  const size = classes === null ? 1 : 2;
  return `@torch.no_grad()
def evaluate(network, inputs, targets, size=500):
    """${measures} with running statistics. Each process takes its share, \`size\` examples at a time."""
    network.eval()
    totals = torch.zeros(${size}, dtype=torch.float64, device=DEVICE)
    for first in range(RANK * size, len(inputs), WORLD * size):
        outputs = network(normalize(torch.tensor(inputs[first : first + size])))
        wanted = torch.from_numpy(targets[first : first + size]).to(DEVICE)
        totals[0] += loss_of(outputs, wanted) * len(outputs)
${classes === null ? '' : '        totals[1] += count_correct(outputs, wanted)\n'}    network.train()
    return (add_up(totals) / len(inputs)).tolist()`;
}

function settling({ network }: Ejected, attributes: Attributes): string {
  const { exact, moving } = settledLayers(network);
  const list = (layers: readonly Layer[]) =>
    `(${layers.map(({ name }) => `network.${attributes.get(name)},`).join(' ')})`;
  return [
    '@torch.no_grad()',
    'def settle_statistics(model, network, inputs):',
    '    """Statistics of the whole training set in place of moving averages: Algorithm 2 of arXiv 1502.03167."""',
    `    for layer in ${list(exact)}:`,
    '        layer.reset_running_stats()',
    '        layer.momentum = None  # a plain average over all batches',
    ...(moving.length > 0
      ? [`    for layer in ${list(moving)}:`, '        layer.momentum = 0.0  # keeps what it has']
      : []),
    '    for step in range(math.ceil(len(inputs) / BATCH_SIZE)):',
    `        model(${prepared(network)})`,
  ]
    .join('\n')
    .replace('mine', 'batch_of(step, len(inputs))[RANK::WORLD]');
}

/** The batch of this process, ready for the network. */
function prepared({ train }: Ejected['network']): string {
  const raw = 'torch.from_numpy(inputs[mine])';
  return train.augmentation ? `normalize(augment(${raw}))` : `normalize(${raw})`;
}

function main(ejected: Ejected, attributes: Attributes): string {
  const { network, classes, validated } = ejected;
  const { train, layers } = network;
  const { earlyStopping } = train;
  const settles = settledLayers(network).exact.length > 0;
  const still = stillLayers(network);
  const judge = validated ? 'validation' : 'test';
  const random = train.augmentation !== null || layers.some(({ kind }) => kind === 'dropout');
  const ownRates = layers.some((each) => learns(each) && each.learningRate !== 1);
  const grouped = ownRates || train.optimizer.weightDecayOn === 'weights';
  const report =
    classes === null ? '{name} loss {loss:.6f}' : '{name} loss {loss:.6f}, accuracy {accuracy:.2%}';
  const parts = ['test', ...(validated ? ['validation'] : [])];
  const smoothing = train.labelSmoothing > 0 ? ', LABEL_SMOOTHING' : '';
  const measured = classes === null ? 'losses' : 'scores';
  const lines = [
    'def main():',
    '    parser = argparse.ArgumentParser()',
    '    parser.add_argument("--evaluate", metavar="FILE", help="only measure these weights")',
    '    options = parser.parse_args()',
    '    if WORLD > BATCH_SIZE:',
    '        parser.error(f"expected at most {BATCH_SIZE} processes, an example for each, found {WORLD}")',
    '    if ON_GPU:',
    '        torch.cuda.set_device(DEVICE)',
    '        torch.backends.cudnn.allow_tf32 = False  # as exact as BatchNorm Lab',
    '    if WORLD > 1:',
    '        dist.init_process_group("nccl" if ON_GPU else "gloo")',
    ...(random ? ['    torch.manual_seed(SEED + RANK)'] : []),
    '',
    '    network = Network().to(DEVICE)',
    '    load_weights(options.evaluate or HERE / "initial.safetensors", network)',
    `    parts = {part: load_part(part) for part in (${parts.map((part) => `"${part}"`).join(', ')}${parts.length === 1 ? ',' : ''})}`,
    '',
    '    def measure(step):',
    `        ${measured} = {part: evaluate(network, *examples) for part, examples in parts.items()}`,
    `        for part, ${classes === null ? '(loss,)' : '(loss, accuracy)'} in ${measured}.items():`,
    `            say(f"step {step}: ${report.replace('{name}', '{part}')}")`,
    `        return ${measured}["${judge}"][0]`,
    '',
    '    if options.evaluate:',
    '        measure("-")',
    '        return',
    '',
    '    inputs, targets = load_part("train")',
    ...still.map(
      (layer) =>
        `    network.${attributes.get(layer.name)}.requires_grad_(False)  # ${layer.learningRate === 0 ? 'learning rate 0' : 'state: freeze'}`,
    ),
    '    model = distribute(network) if WORLD > 1 else network',
    '    optimizer = create_optimizer(network)',
    '    history = []',
    ...(earlyStopping ? ['    best_loss, best, without = math.inf, network.state_dict(), 0'] : []),
    '    model.train()',
    '    for step in range(STEPS):',
    '        mine = batch_of(step, len(inputs))[RANK::WORLD]',
    `        outputs = model(${prepared(network)})`,
    '        wanted = torch.from_numpy(targets[mine]).to(DEVICE)',
    `        loss = loss_of(outputs, wanted${smoothing}) * len(mine) / BATCH_SIZE`,
    '        history.append(add_up(loss.detach().clone()).item())',
    '        if not math.isfinite(history[-1]):',
    '            raise SystemExit(f"step {step + 1}: expected a finite loss, found {history[-1]}")',
    '',
    '        for group in optimizer.param_groups:',
    `            group["lr"] = learning_rate(step)${grouped ? ' * group["factor"]' : ''}`,
    '        optimizer.zero_grad()',
    '        (loss * WORLD).backward()  # gradients are averaged over processes, and each has a share of the sum',
    ...(train.clipGradient !== null
      ? [
          '        nn.utils.clip_grad_norm_([each for each in network.parameters() if each.requires_grad], CLIP_GRADIENT)',
        ]
      : []),
    '        optimizer.step()',
    ...evaluationLines(ejected, settles),
    '',
    ...endLines(ejected, settles),
  ];
  return lines.join('\n');
}

function evaluationLines({ network: { train } }: Ejected, settles: boolean): string[] {
  if (train.earlyStopping) {
    return [
      '',
      '        if (step + 1) % EVALUATE_EVERY == 0 or step + 1 == STEPS:',
      '            judged = measure(step + 1)',
      '            if judged < best_loss:',
      '                best_loss, best, without = judged, copy.deepcopy(network.state_dict()), 0',
      '            else:',
      '                without += 1',
      '            if without == PATIENCE:',
      '                break',
    ];
  }
  const last = settles ? '' : ' or step + 1 == STEPS';
  const before = settles ? ' and step + 1 < STEPS' : '';
  return [
    '',
    `        if (step + 1) % EVALUATE_EVERY == 0${before}${last}:`,
    '            measure(step + 1)',
  ];
}

function endLines({ network: { train } }: Ejected, settles: boolean): string[] {
  return [
    ...(train.earlyStopping
      ? ['    network.load_state_dict(best)  # those with the smallest loss']
      : []),
    ...(settles
      ? ['    settle_statistics(model, network, inputs)', '    measure(len(history))']
      : []),
    '    if RANK == 0:',
    '        save_weights(HERE / "weights.safetensors", network)',
    '        with open(HERE / "history.csv", "w") as file:',
    '            file.write("step,loss\\n")',
    '            file.writelines(f"{step},{loss:.9g}\\n" for step, loss in enumerate(history, 1))',
    '    if WORLD > 1:',
    '        dist.destroy_process_group()',
  ];
}

void isTrainedBatchNorm;
