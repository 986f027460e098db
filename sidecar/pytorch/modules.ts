/** Each kind of layer as PyTorch computes it: the module that is built, and the expression that applies it. */
import { type Layer, type LayerKind, type Padding, sizeOf } from '../network/types.ts';
import { axesLiteral, floatLiteral, tupleLiteral } from './python.ts';

type LayerOf<K extends LayerKind> = Extract<Layer, { readonly kind: K }>;
type Windowed = LayerOf<'conv2d' | 'conv1d' | 'maxpool' | 'avgpool'>;

interface Module<L extends Layer> {
  /** What builds it; null for a layer that is an expression alone. */
  readonly build: (layer: L) => string | null;
  /** Its output. `apply` calls the module on an expression; `inputs` are variables. */
  readonly call?: (layer: L, inputs: readonly string[], apply: (x: string) => string) => string;
}

const modules: { readonly [K in LayerKind]: Module<LayerOf<K>> } = {
  dense: {
    build: ({ input, units, bias }) =>
      built('nn.Linear', String(sizeOf(input)), String(units), bias ? '' : 'bias=False'),
    call: ({ input }, [x], apply) => apply(input.length > 1 ? `torch.flatten(${x}, 1)` : x),
  },
  conv2d: { build: convolution, call: padded('') },
  conv1d: { build: convolution, call: padded('') },
  maxpool: {
    build: (layer) =>
      built(`nn.MaxPool${rankOf(layer)}d`, ...windowOf(layer), `padding=${paddingOf(layer)}`),
    call: padded(', value=-math.inf'),
  },
  avgpool: {
    build: (layer) => {
      const window = windowOf(layer);
      if (!isEven(layer))
        return built('AveragePool', ...window, `padding=${sides(layer.padding, layer)}`);
      const padding = `padding=${paddingOf(layer)}`;
      return built(`nn.AvgPool${rankOf(layer)}d`, ...window, padding, 'count_include_pad=False');
    },
  },
  'global-avgpool': { build: () => null, call: (_, [x]) => `${x}.flatten(2).mean(dim=2)` },
  batchnorm: {
    build: ({ input, epsilon, momentum }) =>
      built(
        `nn.BatchNorm${input.length === 3 ? 2 : 1}d`,
        ...[String(input[0]), `eps=${floatLiteral(epsilon)}`, `momentum=${floatLiteral(momentum)}`],
      ),
  },
  layernorm: {
    build: ({ input, epsilon }) =>
      built('nn.LayerNorm', tupleLiteral(input), `eps=${floatLiteral(epsilon)}`),
  },
  groupnorm: {
    build: ({ input: [channels], groups, epsilon }) =>
      built('nn.GroupNorm', String(groups), String(channels), `eps=${floatLiteral(epsilon)}`),
  },
  lrn: {
    build: ({ size, alpha, beta, bias }) =>
      built(
        'nn.LocalResponseNorm',
        ...[
          String(size),
          `alpha=${floatLiteral(alpha)}`,
          `beta=${floatLiteral(beta)}`,
          `k=${floatLiteral(bias)}`,
        ],
      ),
    // PyTorch takes a vector for a sequence without channels.
    call: ({ input }, [x], apply) =>
      input.length > 1 ? apply(x) : `${apply(`${x}.unsqueeze(2)`)}.squeeze(2)`,
  },
  sigmoid: plain('nn.Sigmoid'),
  tanh: plain('nn.Tanh'),
  relu: plain('nn.ReLU'),
  'leaky-relu': { build: ({ slope }) => built('nn.LeakyReLU', floatLiteral(slope)) },
  softplus: plain('nn.Softplus'),
  gelu: plain('nn.GELU'),
  silu: plain('nn.SiLU'),
  softmax: { build: () => built('nn.Softmax', 'dim=1') },
  dropout: { build: ({ rate }) => built('nn.Dropout', floatLiteral(rate)) },
  flatten: plain('nn.Flatten'),
  concat: { build: () => null, call: (_, inputs) => `torch.cat([${inputs.join(', ')}], dim=1)` },
  add: { build: () => null, call: (_, inputs) => inputs.toReversed().join(' + ') },
};

/** The expression that builds the layer's module; null where it has none. */
export function buildModule(layer: Layer): string | null {
  return moduleOf(layer).build(layer);
}

/** The layer's output as an expression of the variables that hold its inputs. */
export function applyModule(layer: Layer, attribute: string, inputs: readonly string[]): string {
  const apply = (x: string) => `self.${attribute}(${x})`;
  return moduleOf(layer).call?.(layer, inputs, apply) ?? apply(inputs[0]);
}

/** Whether the layer needs the class `AveragePool` of helpers.ts. */
export function needsAveragePool(layer: Layer): boolean {
  return layer.kind === 'avgpool' && !isEven(layer);
}

function moduleOf(layer: Layer): Module<Layer> {
  // The table's type says that each entry takes the layer its key names; TypeScript cannot follow a lookup by a union.
  return modules[layer.kind] as unknown as Module<Layer>;
}

function plain(name: string) {
  return { build: () => `${name}()` };
}

/** A call with its arguments, without those that say what is so anyway. */
function built(name: string, ...args: string[]): string {
  const usual = ['', 'stride=1', 'padding=0', 'dilation=1', 'groups=1'];
  return `${name}(${args.filter((each) => !usual.includes(each)).join(', ')})`;
}

function convolution(layer: LayerOf<'conv2d' | 'conv1d'>): string {
  const { input, filters, kernel, stride, dilation, groups, bias } = layer;
  return built(
    `nn.Conv${rankOf(layer)}d`,
    ...[String(input[0]), String(filters), axesLiteral(axes(kernel, layer))],
    ...[`stride=${axesLiteral(axes(stride, layer))}`, `padding=${paddingOf(layer)}`],
    ...[`dilation=${axesLiteral(axes(dilation, layer))}`, `groups=${groups}`],
    bias ? '' : 'bias=False',
  );
}

/** PyTorch takes the kernel's size for the stride where none is given, so a pooling always says it. */
function windowOf(layer: LayerOf<'maxpool' | 'avgpool'>): string[] {
  return [layer.kernel, layer.stride].map((pair) => axesLiteral(axes(pair, layer)));
}

/** Pads the input first where the layer cannot do it by itself. */
function padded(value: string) {
  return (layer: Windowed, [x]: readonly string[], apply: (x: string) => string) =>
    apply(isEven(layer) ? x : `F.pad(${x}, ${sides(layer.padding, layer)}${value})`);
}

/** `padding` of a layer whose two sides of each axis have as many zeros, 0 where they were added before. */
function paddingOf(layer: Windowed): string {
  const { top, left } = layer.padding;
  return isEven(layer) ? axesLiteral(axes([top, left], layer)) : '0';
}

/** Whether PyTorch's layer takes the padding: the same on both sides, and for a pooling at most half its kernel. */
function isEven(layer: Windowed): boolean {
  const { top, bottom, left, right } = layer.padding;
  const isPool = layer.kind === 'maxpool' || layer.kind === 'avgpool';
  const fits = 2 * top <= layer.kernel[0] && 2 * left <= layer.kernel[1];
  return top === bottom && left === right && (fits || !isPool);
}

/** As `F.pad` takes it: the last axis first. */
function sides({ top, bottom, left, right }: Padding, layer: Windowed): string {
  return tupleLiteral(rankOf(layer) === 1 ? [left, right] : [left, right, top, bottom]);
}

function axes<T>(pair: readonly [T, T], layer: Windowed): readonly T[] {
  return rankOf(layer) === 1 ? pair.slice(1) : pair;
}

/** Axes that a window slides along. */
function rankOf({ input }: Windowed): number {
  return input.length - 1;
}
