/** The network as a class of PyTorch, with a `forward` that reads as a person would have written it. */
import { isTrainedBatchNorm, type Layer, type Network } from '../network/types.ts';
import { applyModule, buildModule } from './modules.ts';
import { commentText } from './python.ts';

/** `attributes` has a Python name for each layer's. */
export function networkClass(
  { layers, input }: Network,
  attributes: ReadonlyMap<string, string>,
): string {
  const built = layers.flatMap((layer) => {
    const module = buildModule(layer);
    return module === null ? [] : [`self.${attributes.get(layer.name)} = ${module}`];
  });
  const frozen = layers.filter((each) => each.kind === 'batchnorm' && !isTrainedBatchNorm(each));
  return [
    'class Network(nn.Module):',
    `    """Takes normalized inputs [batch, ${input.join(', ')}]."""`,
    '',
    '    def __init__(self):',
    '        super().__init__()',
    ...built.map((line) => `        ${line}`),
    '',
    '    def forward(self, x):',
    ...forwardLines(layers, attributes).map((line) => (line === '' ? '' : `        ${line}`)),
    ...(frozen.length > 0 ? ['', ...frozenLines(frozen, attributes)] : []),
  ].join('\n');
}

/** Batch normalizations that use their running statistics while the others train. */
function frozenLines(frozen: readonly Layer[], attributes: ReadonlyMap<string, string>): string[] {
  return [
    '    def train(self, mode=True):',
    '        super().train(mode)',
    ...frozen.map((layer) => {
      const state = 'state' in layer ? layer.state : '';
      return `        self.${attributes.get(layer.name)}.eval()  # state: ${state}`;
    }),
    '        return self',
  ];
}

/**
 * A variable holds a tensor until nobody needs it any more. A chain goes on in its variable; where a tensor is taken
 * several times, every branch gets a variable of its own: `y` beside a shortcut, `a`, `b`, `c` for what is joined. An
 * empty line stands before what branches and after what is joined.
 */
function forwardLines(
  layers: readonly Layer[],
  attributes: ReadonlyMap<string, string>,
): readonly string[] {
  const readers = countReaders(layers);
  const left = new Map(readers);
  const held = new Map([['input', 'x']]);
  const opened = new Set<string>();
  const lines = layers.flatMap((layer) => {
    const { name, inputs, kind } = layer;
    const variables = inputs.map((input) => held.get(input)!);
    const expression = applyModule(layer, attributes.get(name)!, variables);
    const joins = kind === 'add' || kind === 'concat';
    const opensBranch = !joins && readers.get(inputs[0])! > 1;
    // A branch's variable is chosen before its input's is free, so that the last branch looks like the others.
    const branch = opensBranch ? freeName(branchNames(layer, layers), held) : null;
    for (const input of inputs) {
      left.set(input, left.get(input)! - 1);
      if (left.get(input) === 0) held.delete(input);
    }
    const variable = branch ?? freeName(joins ? ['x', ...variables] : variables, held);
    held.set(name, variable);
    const line = `${variable} = ${expression}`;
    if (joins) return [`${line}  # ${commentText(name)}`, ''];
    const isFirst = opensBranch && !opened.has(inputs[0]);
    opened.add(inputs[0]);
    return isFirst ? ['', line] : [line];
  });
  const last = `return ${held.get(layers.at(-1)?.name ?? 'input')}`;
  return [...lines, last].filter((line, i, all) => line !== '' || (i > 0 && all[i - 1] !== ''));
}

/** How many layers take each tensor; the last one's output is the network's. */
function countReaders(layers: readonly Layer[]): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  const inputs = [...layers.flatMap(({ inputs }) => inputs), layers.at(-1)?.name ?? 'input'];
  for (const name of inputs) readers.set(name, (readers.get(name) ?? 0) + 1);
  return readers;
}

function branchNames({ inputs: [from] }: Layer, layers: readonly Layer[]): readonly string[] {
  const isShortcut = layers.some(({ kind, inputs }) => kind === 'add' && inputs.includes(from));
  return isShortcut ? ['y', 'z'] : [];
}

function freeName(preferred: readonly string[], held: ReadonlyMap<string, string>): string {
  const used = new Set(held.values());
  const letters = [...'abcdefghijklmnopqrstuvw'];
  for (const name of [...preferred, ...letters]) if (!used.has(name)) return name;
  let count = 1;
  while (used.has(`v${count}`)) count++;
  return `v${count}`;
}
