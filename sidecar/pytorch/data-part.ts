/** How the program reads its data, normalizes it, and measures loss and accuracy. */
import { type Loss, type Network, type Normalization, sizeOf } from '../network/types.ts';
import type { Ejected } from './ejected.ts';
import { float32Literal, stringLiteral, tupleLiteral } from './python.ts';

/** A normalization of more values than this lies in files of its own. */
const mostConstants = 64;

/** Whether mean and deviation are arrays to be saved beside the data. */
export function savesNormalization({ mean, deviation }: Normalization): boolean {
  return Math.max(mean.length, deviation.length) > mostConstants;
}

/** Constants: what the classes are called, and what inputs are normalized with. */
export function dataConstants({ network, normalization, classes }: Ejected): string {
  const lines: string[] = [];
  if (classes !== null) {
    const labels = classes.map(stringLiteral);
    const list = `CLASSES = [${labels.join(', ')}]`;
    lines.push('# By their indices in targets and outputs.');
    lines.push(
      list.length <= 100
        ? list
        : `CLASSES = [\n${labels.map((each) => `    ${each},\n`).join('')}]`,
    );
  }
  const shape = tupleLiteral(network.input);
  const constant = (name: string, values: Float32Array) => {
    if (savesNormalization(normalization)) {
      return `${name} = torch.from_numpy(np.load(DATA / "${name.toLowerCase()}.npy")).to(DEVICE)`;
    }
    if (values.length === 1) return `${name} = ${float32Literal(values[0])}`;
    const list = wrapped([...values].map(float32Literal));
    return `${name} = torch.tensor([${list}], device=DEVICE).reshape(${shape})`;
  };
  lines.push(constant('MEAN', normalization.mean));
  lines.push(constant('DEVIATION', normalization.deviation));
  return lines.join('\n');
}

/** The functions that load a part of the data and normalize a batch. */
export function dataFunctions({ network, classes }: Ejected): string {
  const file = 'np.load(DATA / f"{part}-targets.npy")';
  return `def load_part(part):
    """Raw inputs [examples, ${network.input.join(', ')}] and ${classes === null ? 'numbers' : 'classes'} to predict."""
    inputs = np.load(DATA / f"{part}-inputs.npy", mmap_mode="r")
    return inputs, ${targetsOf(network, classes, file)}


def normalize(inputs):
    """Raw values as the network takes them."""
    return (inputs.to(DEVICE, torch.float32) - MEAN) / DEVIATION`;
}

function targetsOf(
  { loss, layers, input }: Network,
  classes: Ejected['classes'],
  file: string,
): string {
  if (loss === 'softmax-cross-entropy') return `${file}.astype(np.int64)`;
  if (classes === null) return file;
  const units = sizeOf(layers.at(-1)?.output ?? input);
  return units === 1
    ? `${file}.astype(np.float32)[:, None]`
    : `np.eye(${units}, dtype=np.float32)[${file}]`;
}

const losses = {
  'softmax-cross-entropy': 'F.cross_entropy(outputs, targets)',
  'binary-cross-entropy': 'F.binary_cross_entropy_with_logits(outputs, targets)',
  mse: 'F.mse_loss(outputs, targets)',
} as const satisfies Record<Loss, string>;

/** Loss of a batch and, for classes, how many examples are right. */
export function lossFunctions({ network, classes }: Ejected): string {
  const { loss, train } = network;
  const smoothed = train.labelSmoothing > 0;
  const lines = [
    `def loss_of(outputs, targets${smoothed ? ', smoothing=0.0' : ''}):`,
    '    """Mean over the batch."""',
    `    return ${smoothed ? losses[loss].replace('targets)', 'targets, label_smoothing=smoothing)') : losses[loss]}`,
  ];
  if (classes !== null) {
    lines.push(
      '',
      '',
      'def count_correct(outputs, targets):',
      `    return ${correct(network)}.sum()`,
    );
  }
  return lines.join('\n');
}

function correct({ loss, layers, input }: Network): string {
  if (loss === 'softmax-cross-entropy') return '(outputs.argmax(dim=1) == targets)';
  if (sizeOf(layers.at(-1)?.output ?? input) > 1) {
    return '(outputs.argmax(dim=1) == targets.argmax(dim=1))';
  }
  return `((outputs > ${loss === 'mse' ? '0.5' : '0.0'}).float() == targets)`;
}

/** Values with commas, in lines that fit the page. */
function wrapped(values: readonly string[]): string {
  const text = values.join(', ');
  if (text.length <= 70) return text;
  const lines: string[] = [];
  for (const value of values) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + value.length < 90)
      lines.push(`${lines.pop()} ${value},`);
    else lines.push(`    ${value},`);
  }
  return `\n${lines.join('\n')}\n`;
}
