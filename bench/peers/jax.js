/**
 * jax-js's driver for the bench, on WebAssembly, which is what it has under Node. It brings no layers, so that batch
 * normalization, with running statistics, is written out here; the whole step is compiled as one.
 */
import { readFileSync } from 'node:fs';
import { blockUntilReady, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { randomBatch, serveDriver } from '../driver.ts';

/** What the network learns and keeps, in its order, and the function that takes them from `state` in that order. */
function build(operations, shape) {
  const learned = [];
  const running = [];
  const { apply } = compose(operations, shape, { learned, running });
  return {
    parameters: { learned, running },
    apply(x, state) {
      state.places = { learned: 0, running: 0 };
      return apply(x, state);
    },
  };
}

function compose(operations, shape, parameters) {
  let current = shape;
  const layers = operations.map((operation, index) => {
    const [kind, options] =
      typeof operation === 'string' ? [operation] : Object.entries(operation)[0];
    const bias = operations[index + 1] !== 'batchnorm';
    const layer = layerKinds[kind](current, options, { ...parameters, bias });
    current = layer.shape ?? current;
    return layer.apply;
  });
  return {
    shape: current,
    apply: (x, state) => layers.reduce((value, apply) => apply(value, state), x),
  };
}

const size = (shape) => shape.reduce((product, length) => product * length, 1);
const take = (state, list) => state[list][state.places[list]++];

/** Uniform, in proportion to the fan-in; what exactly does not change the time. */
function draw(shape, fanIn) {
  const values = Float32Array.from({ length: size(shape) }, (_, i) => Math.sin(i * 12.9898));
  return np.array(values.map((value) => value / Math.sqrt(fanIn))).reshape(shape);
}

const layerKinds = {
  dense(shape, units, { learned, bias }) {
    const inputs = size(shape);
    learned.push(draw([inputs, units], inputs));
    if (bias) learned.push(np.zeros([units]));
    return {
      shape: [units],
      apply(x, state) {
        const rows = x.shape[0];
        const product = np.matmul(x.reshape([rows, inputs]), take(state, 'learned'));
        return bias ? product.add(take(state, 'learned')) : product;
      },
    };
  },
  conv2d([channels, height, width], { filters, kernel }, { learned }) {
    learned.push(draw([filters, channels, kernel, kernel], channels * kernel * kernel));
    return {
      shape: [filters, height, width],
      apply: (x, state) => lax.conv(x, take(state, 'learned'), [1, 1], 'SAME'),
    };
  },
  batchnorm(shape, _, { learned, running }) {
    const units = shape.length === 1 ? [1, shape[0]] : [1, shape[0], 1, 1];
    const axes = shape.length === 1 ? 0 : [0, 2, 3];
    learned.push(np.ones(units), np.zeros(units));
    running.push(np.zeros(units), np.ones(units));
    return {
      apply(x, state) {
        const mean = x.ref.mean(axes, { keepdims: true });
        const centered = x.sub(mean.ref);
        const variance = np.square(centered.ref).mean(axes, { keepdims: true });
        for (const batch of [mean, variance.ref]) {
          const kept = take(state, 'running').mul(0.9);
          state.updated.push(kept.add(lax.stopGradient(batch).mul(0.1)));
        }
        const normalized = centered.div(np.sqrt(variance.add(1e-5)));
        return normalized.mul(take(state, 'learned')).add(take(state, 'learned'));
      },
    };
  },
  sigmoid: () => ({ apply: nn.sigmoid }),
  relu: () => ({ apply: nn.relu }),
  maxpool: ([channels, height, width], { kernel: window, stride }) => ({
    shape: [channels, Math.floor(height / stride), Math.floor(width / stride)],
    apply: (x) => lax.reduceWindow(x, np.max, [window, window], [stride, stride]),
  }),
  // Counts the padding, which makes no difference to the time.
  avgpool: (_, { kernel: window, stride }) => ({
    apply(x) {
      const edge = (window - 1) / 2;
      const around = [
        [0, 0],
        [0, 0],
        [edge, edge],
        [edge, edge],
      ];
      return lax.reduceWindow(np.pad(x, around), np.mean, [window, window], [stride, stride]);
    },
  }),
  'global-avgpool': ([channels]) => ({ shape: [channels], apply: (x) => x.mean([2, 3]) }),
  concat(shape, branches, parameters) {
    const built = branches.map((branch) => compose(branch, shape, parameters));
    return {
      shape: [built.reduce((sum, branch) => sum + branch.shape[0], 0), ...shape.slice(1)],
      apply(x, state) {
        const ends = built.map(({ apply }) => apply(x.ref, state));
        x.dispose();
        return np.concatenate(ends, 1);
      },
    };
  },
};

await serveDriver(async ({ work }) => {
  await init('wasm');
  const { pixels, labels } = randomBatch(work);
  const { parameters, apply } = build(work.network, work.input);
  const x = np.array(pixels).reshape([work.batch, ...work.input]);
  const y = nn.oneHot(np.array(labels), 10);

  const loss = (learned, running, x, y) => {
    const state = { learned, running, updated: [] };
    const outputs = apply(x, state);
    const cross = nn.logSoftmax(outputs, -1).mul(y).sum(-1).mean().neg();
    return [cross, state.updated];
  };
  const compiled = jit((learned, running, x, y) => {
    const [[value, updated], gradients] = valueAndGrad(loss, { hasAux: true })(
      tree.ref(learned),
      running,
      x,
      y,
    );
    const next = tree.map((w, g) => w.sub(g.mul(work.learningRate)), learned, gradients);
    return [value, next, updated];
  });

  let { learned, running } = parameters;
  const file = new URL('node_modules/@jax-js/jax/package.json', import.meta.url);
  return {
    versions: { 'jax-js': JSON.parse(readFileSync(file, 'utf8')).version },
    async step() {
      const [value, next, updated] = compiled(learned, running, x.ref, y.ref);
      learned = next;
      running = updated;
      await blockUntilReady([value, learned]);
      value.dispose();
    },
  };
});
