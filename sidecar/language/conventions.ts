/** A batch normalization as other frameworks write it, which mean other things by the same words. */
import { everyEntry, type LayerEntry } from '../network/entries.ts';
import type { WrittenLayer } from '../network/layers.ts';
import { locationsOf, type Shape } from '../network/types.ts';
import type { Analysis } from './analysis.ts';
import { figure } from './figures.ts';
import { usersOf } from './layer-owner.ts';

export interface Snippet {
  readonly framework: 'PyTorch' | 'Keras' | 'ONNX';
  /** One line of Python, its comment says what the running variance is there. */
  readonly text: string;
}

type BatchNorm = Extract<WrittenLayer, { kind: 'batchnorm' }>;

/** One for each framework; PyTorch's needs the input's shape, since it has a layer for each rank. */
export function snippetsOf({ epsilon, momentum }: BatchNorm, input: Shape | null): Snippet[] {
  const kept = pythonNumber(keptShare(momentum));
  const small = pythonNumber(epsilon);
  const torch: Snippet[] = input
    ? [
        {
          framework: 'PyTorch',
          text: `nn.BatchNorm${input.length > 2 ? '2d' : '1d'}(${input[0]}, eps=${small}, momentum=${pythonNumber(momentum)})  # running_var divides by N - 1`,
        },
      ]
    : [];
  return [
    ...torch,
    {
      framework: 'Keras',
      text: `keras.layers.BatchNormalization(momentum=${kept}, epsilon=${small})  # moving_variance divides by N`,
    },
    {
      framework: 'ONNX',
      text: `helper.make_node("BatchNormalization", ["X", "scale", "B", "input_mean", "input_var"], ["Y"], epsilon=${small}, momentum=${kept}, training_mode=0)  # input_var divides by N where ONNX trains`,
    },
  ];
}

/** Markdown for the end of a layer's hover; empty for other kinds. */
export function conventionsText(entry: LayerEntry, owner: string, analysis: Analysis): string {
  const { layer } = entry;
  if (layer?.kind !== 'batchnorm') return '';
  const { input, batchSize } = knownOf(entry, owner, analysis);
  const lines = snippetsOf(layer, input).map(({ framework, text }) => `# ${framework}\n${text}`);
  const block = `\`\`\`python\n${lines.join('\n')}\n\`\`\``;
  const m = input && batchSize !== null ? batchSize * locationsOf(input) : null;
  return [
    '**The same elsewhere**',
    block,
    [momentumText(layer), varianceText(m), ...stateText(layer)].join(' '),
  ].join('\n\n');
}

function momentumText({ momentum }: BatchNorm): string {
  const kept = pythonNumber(keptShare(momentum));
  return `\`momentum\` is the weight of the new batch in PyTorch and here, \`${momentum}\`; that of the old value in Keras and ONNX, \`${kept}\`.`;
}

/** `m` is the number of values that a unit has in a batch. */
function varianceText(m: number | null): string {
  const rule =
    'All normalize by the biased variance of the batch (divided by m). Into the running one PyTorch takes the unbiased variance (divided by m - 1), as is done here; Keras 3 and ONNX take the biased one';
  const fused = 'Keras on TensorFlow 2 took the unbiased one for images.';
  if (m === null || m < 2) return `${rule}. ${fused}`;
  return `${rule}, smaller by ${figure(100 / m)} % at m = ${m.toLocaleString('en-US')}. ${fused}`;
}

/** What the other frameworks say of a layer that does not simply learn. */
function stateText({ state, statistics }: BatchNorm): string[] {
  if (state === 'freeze-statistics') {
    return [
      '`state: freeze-statistics` is `.eval()` on this layer in PyTorch after every `model.train()`, a call with `training=False` in Keras.',
    ];
  }
  if (state === 'freeze') {
    return [
      '`state: freeze` is `.eval()` and `requires_grad_(False)` on this layer in PyTorch, `trainable=False` in Keras.',
    ];
  }
  if (statistics === 'moving') return [];
  return [
    '`statistics: exact` is `torch.optim.swa_utils.update_bn(loader, model)` after training in PyTorch.',
  ];
}

/** What the first variant that has the layer, and whose data is known, tells of it. */
function knownOf(
  { names }: LayerEntry,
  owner: string,
  analysis: Analysis,
): { input: Shape | null; batchSize: number | null } {
  const resolved = usersOf(owner, analysis.file).map((name) => analysis.variants().get(name)!);
  const user = resolved.find(({ shapes }) => names.some((name) => shapes.has(name)));
  const name = names.find((each) => user?.shapes.has(each));
  return {
    input: (name !== undefined && user?.shapes.get(name)?.input) || null,
    batchSize: user?.network?.train.batchSize ?? null,
  };
}

/** Snippets of the batch normalization at a position, or of the only one on its line. */
export function snippetsAt(
  analysis: Analysis,
  { line, character }: { readonly line: number; readonly character: number },
): Snippet[] {
  const { file } = analysis;
  const onLine = [...file.parts].flatMap(([owner, { layers }]) =>
    everyEntry(layers?.entries ?? [])
      .filter(({ layer }) => layer?.kind === 'batchnorm')
      .map((entry) => ({ owner, entry, range: file.source.range(entry.path) }))
      .filter(({ range }) => range.start.line <= line && line <= range.end.line),
  );
  const own = onLine.filter(({ owner }) => owner === onLine[0].owner);
  const under = own.find(
    ({ range: { start, end } }) =>
      (line > start.line || character >= start.character) &&
      (line < end.line || character <= end.character),
  );
  const found = under ?? (own.length === 1 ? own[0] : undefined);
  if (found?.entry.layer?.kind !== 'batchnorm') return [];
  return snippetsOf(found.entry.layer, knownOf(found.entry, found.owner, analysis).input);
}

/** Keras and ONNX give the share that is kept. Rounded so that 1 - 0.9 is 0.1. */
function keptShare(momentum: number): number {
  return Number((1 - momentum).toPrecision(12));
}

/** As Python's repr writes a float: `1e-05`, `0.1`, `1.0`. */
export function pythonNumber(value: number): string {
  const [digits, exponent] = value.toExponential().split('e');
  if (value !== 0 && Number(exponent) < -4) {
    return `${digits}e-${String(-Number(exponent)).padStart(2, '0')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
