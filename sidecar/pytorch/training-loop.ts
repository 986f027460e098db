/** The last part of the program: evaluation, exact statistics, and the loop itself. */
import type { Layer, Network } from '../network/types.ts';
import type { Ejected } from './ejected.ts';
import { layersWithOwnRate, settledLayers, stillLayers } from './learning.ts';
import { stringLiteral } from './python.ts';

type Attributes = ReadonlyMap<string, string>;

export function trainingLoop(ejected: Ejected, attributes: Attributes): string {
  return [
    'def say(text):\n    if RANK == 0:\n        print(text, flush=True)',
    evaluation(ejected),
    ...(settles(ejected.network) ? [settling(ejected, attributes)] : []),
    training(ejected, attributes),
    main(ejected),
  ].join('\n\n\n');
}

function evaluation({ classes }: Ejected): string {
  const [size, measures, unpacked, shown] =
    classes === null
      ? [1, 'Loss', 'loss,', 'loss {loss:.6f}']
      : [2, 'Loss and accuracy', 'loss, accuracy', 'loss {loss:.6f}, accuracy {accuracy:.2%}'];
  const counts = '        totals[1] += count_correct(outputs, wanted)\n';
  return `@torch.no_grad()
def evaluate(network, inputs, targets, size=500):
    """${measures} with running statistics; each process takes its share, \`size\` at a time."""
    totals = torch.zeros(${size}, dtype=torch.float64, device=DEVICE)
    for first in range(RANK * size, len(inputs), WORLD * size):
        outputs = network(normalize(torch.tensor(inputs[first : first + size])))
        wanted = torch.from_numpy(targets[first : first + size]).to(DEVICE)
        totals[0] += loss_of(outputs, wanted) * len(outputs)
${classes === null ? '' : counts}    return (add_up(totals) / len(inputs)).tolist()


def measure(network, parts, when):
    """Evaluates, says what came out, and gives the loss of each part."""
    losses = {}
    network.eval()
    for part, examples in parts.items():
        ${unpacked} = evaluate(network, *examples)
        losses[part] = loss
        say(f"{when}: {part} ${shown}")
    network.train()
    return losses`;
}

function settling({ network }: Ejected, attributes: Attributes): string {
  const { exact, moving } = settledLayers(network);
  const list = (layers: readonly Layer[]) =>
    `[${layers.map(({ name }) => `network.${attributes.get(name)}`).join(', ')}]`;
  const others = `    for layer in ${list(moving)}:
        layer.momentum = 0.0  # keeps what it has
`;
  return `@torch.no_grad()
def settle_statistics(model, network, inputs):
    """Statistics of the whole training set in place of moving averages: arXiv 1502.03167, Algorithm 2."""
    for layer in ${list(exact)}:
        layer.reset_running_stats()
        layer.momentum = None  # a plain average over all batches
${moving.length > 0 ? others : ''}    for step in range(math.ceil(len(inputs) / BATCH_SIZE)):
        mine = batch_of(step, len(inputs))[RANK::WORLD]
        model(${prepared(network)})`;
}

/** The examples `mine` of `inputs`, ready for the network. */
function prepared({ train }: Network): string {
  const raw = 'torch.from_numpy(inputs[mine])';
  return train.augmentation ? `normalize(augment(${raw}))` : `normalize(${raw})`;
}

/** A function of its own: what ties processes together has to be gone before their group is. */
function training(ejected: Ejected, attributes: Attributes): string {
  const { network } = ejected;
  return [
    'def train(network, parts):',
    ...stillLayers(network).map(
      ({ name, learningRate }) =>
        `    network.${attributes.get(name)}.requires_grad_(False)  # ${learningRate === 0 ? 'learningRate: 0' : 'state: freeze'}`,
    ),
    `    model = distribute(network) if WORLD > 1 else network
    optimizer = create_optimizer(network)
    inputs, targets = load_part("train")
    history = open(HERE / "history.csv" if RANK == 0 else os.devnull, "w", buffering=1)
    history.write("step,loss\\n")`,
    ...(network.train.earlyStopping
      ? ['    best_loss, best, without = math.inf, copy.deepcopy(network.state_dict()), 0']
      : []),
    '    model.train()',
    ...stepLines(network),
    '',
    ...evaluationLines(ejected),
    ...endLines(network),
  ].join('\n');
}

function main({ network, validated }: Ejected): string {
  const { train, layers } = network;
  const random = train.augmentation !== null || layers.some(({ kind }) => kind === 'dropout');
  const parts = ['test', ...(validated ? ['validation'] : [])];
  return `def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--evaluate", metavar="FILE", help="only measure these weights")
    options = parser.parse_args()
    if WORLD > BATCH_SIZE:
        parser.error(f"expected at most {BATCH_SIZE} processes, an example for each, found {WORLD}")
    if ON_GPU:
        torch.cuda.set_device(DEVICE)
        torch.backends.cudnn.allow_tf32 = False  # as exact as on a processor
    if WORLD > 1:
        dist.init_process_group("nccl" if ON_GPU else "gloo")
${random ? '    torch.manual_seed(SEED + RANK)\n' : ''}
    network = Network().to(DEVICE)
    load_weights(options.evaluate or HERE / "initial.safetensors", network)
    parts = {part: load_part(part) for part in ${listLiteral(parts)}}
    if options.evaluate:
        measure(network, parts, options.evaluate)
    else:
        train(network, parts)
        if RANK == 0:
            save_weights(HERE / "weights.safetensors", network)
    if WORLD > 1:
        dist.destroy_process_group()`;
}

/** One step; `step` counts from 0 while it is made, and from 1 for people. */
function stepLines(network: Network): string[] {
  const { train } = network;
  const smoothing = train.labelSmoothing > 0 ? ', LABEL_SMOOTHING' : '';
  const factor = layersWithOwnRate(network).length > 0 ? ' * group["factor"]' : '';
  return [
    `    for step in range(STEPS):
        # This process's share of the batch. Gradients are averaged over processes.
        mine = batch_of(step, len(inputs))[RANK::WORLD]
        outputs = model(${prepared(network)})
        wanted = torch.from_numpy(targets[mine]).to(DEVICE)
        loss = loss_of(outputs, wanted${smoothing}) * len(mine) / BATCH_SIZE
        optimizer.zero_grad()
        (loss * WORLD).backward()`,
    ...(train.clipGradient === null
      ? []
      : ['        nn.utils.clip_grad_norm_(network.parameters(), CLIP_GRADIENT)']),
    `
        whole = add_up(loss.detach().clone()).item()
        history.write(f"{step + 1},{whole:.9g}\\n")
        if not math.isfinite(whole):
            raise SystemExit(f"step {step + 1}: expected a finite loss, found {whole}")
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step)${factor}
        optimizer.step()`,
  ];
}

function evaluationLines({ network, validated }: Ejected): string[] {
  const { earlyStopping } = network.train;
  if (earlyStopping) {
    return [
      `        if (step + 1) % EVALUATE_EVERY == 0 or step + 1 == STEPS:
            judged = measure(network, parts, f"step {step + 1}")["${validated ? 'validation' : 'test'}"]
            without += 1
            if judged < best_loss:
                best_loss, best, without = judged, copy.deepcopy(network.state_dict()), 0
            if without == PATIENCE:
                break`,
    ];
  }
  const when = settles(network)
    ? '(step + 1) % EVALUATE_EVERY == 0 and step + 1 < STEPS'
    : '(step + 1) % EVALUATE_EVERY == 0 or step + 1 == STEPS';
  return [`        if ${when}:`, '            measure(network, parts, f"step {step + 1}")'];
}

function endLines(network: Network): string[] {
  const best = '    network.load_state_dict(best)  # of the smallest loss';
  const settled = `    settle_statistics(model, network, inputs)
    measure(network, parts, "with exact statistics")`;
  const lines = [
    ...(network.train.earlyStopping ? [best] : []),
    ...(settles(network) ? [settled] : []),
  ];
  return lines.length > 0 ? ['', ...lines] : [];
}

function settles(network: Network): boolean {
  return settledLayers(network).exact.length > 0;
}

function listLiteral(words: readonly string[]): string {
  return `[${words.map(stringLiteral).join(', ')}]`;
}
