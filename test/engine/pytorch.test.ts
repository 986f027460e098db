/** Figures that PyTorch computed in float64 (pytorch/figures.py) against the engine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KernelBuild } from '../../sidecar/engine/kernels.ts';
import type {
  Examples,
  LayerOperation,
  Loss,
  Optimizer,
  Tensor,
  Weights,
} from '../../sidecar/network/types.ts';
import { assertClose } from './close.ts';
import { batchnorm, dense, networkOf, sgd } from './networks.ts';
import figures from './pytorch/figures.json' with { type: 'json' };
import { createSession } from './session.ts';

type Written = Record<string, { readonly shape: number[]; readonly values: number[] }>;

const adam = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } as const;

/** What the script's optimizers are called in a network. */
const optimizers: Record<string, { optimizer: Optimizer; learningRate: number }> = {
  sgd: { optimizer: sgd, learningRate: 0.3 },
  'sgd, momentum': { optimizer: { ...sgd, momentum: 0.9 }, learningRate: 0.1 },
  'sgd, nesterov': { optimizer: { ...sgd, momentum: 0.9, nesterov: true }, learningRate: 0.1 },
  'sgd, weight decay': {
    optimizer: { ...sgd, momentum: 0.5, weightDecay: 0.1 },
    learningRate: 0.3,
  },
  adam: { optimizer: adam, learningRate: 0.02 },
  'adam, weight decay': {
    optimizer: { ...adam, beta1: 0.8, beta2: 0.95, weightDecay: 0.1 },
    learningRate: 0.02,
  },
  'sgd on logits': { optimizer: sgd, learningRate: 0.5 },
  'sgd on squares': { optimizer: sgd, learningRate: 0.2 },
};

const builds = ['simd', 'relaxed'] as const;

for (const figure of figures.batchnorm) {
  const { batch, units, epsilon, momentum, before } = figure;
  test(`batchnorm, ${batch} examples of ${units} units around ${Math.round(figure.x[0])}: forward, backward and running statistics, both builds`, async () => {
    for (const build of builds) await checkBatchnorm(build);
  });
  const checkBatchnorm = async (build: KernelBuild) => {
    // A dense layer that is the identity stands before it, so that the gradient of x is computed.
    const operations = [dense(units, false), batchnorm(momentum, epsilon)];
    const network = networkOf(units, operations, { batchSize: batch, learningRate: 0 });
    const vector = (values: number[]): Tensor => ({
      shape: [units],
      values: Float32Array.from(values),
    });
    const initial: Weights = new Map([
      ['dense1.weight', { shape: [units, units], values: unitMatrix(units) }],
      ...Object.entries(before).map(
        ([name, values]) => [`batchnorm1.${name}`, vector(values)] as const,
      ),
    ]);
    const session = await createSession(network, numbers(batch, figure.x, figure.targets), {
      initial,
      build,
    });
    session.trainer.step();

    const close = { ofLargest: 1e-5, relative: 1e-5 };
    const after = session.trainer.weights();
    assertClose([session.trainer.loss], [figure.loss], close, 'loss');
    assertClose(session.activation('batchnorm1', 'output'), figure.y, close, 'y');
    assertClose(session.activation('dense1', 'output.gradient'), figure.dx, close, 'dx');
    assertClose(session.gradient('batchnorm1.weight'), figure.dgamma, close, 'dgamma');
    assertClose(session.gradient('batchnorm1.bias'), figure.dbeta, close, 'dbeta');
    for (const [name, expected] of [
      ['running_mean', figure.runningMean],
      ['running_var', figure.runningVariance],
    ] as const) {
      assertClose(after.get(`batchnorm1.${name}`)!.values, expected, close, name);
    }
  };
}

for (const figure of figures.optimizers) {
  test(`${figure.name}: ten steps within 1e-5 of PyTorch's, both builds`, async () => {
    for (const build of builds) await checkOptimizer(build);
  });
  const checkOptimizer = async (build: KernelBuild) => {
    const operations: LayerOperation[] = [dense(7), { kind: 'tanh' }, dense(3)];
    const loss = figure.loss as Loss;
    const settings = { ...optimizers[figure.name], loss, batchSize: 4 };
    const network = networkOf(5, operations, settings);
    const examples = classified(figure.inputs, figure.classes);
    const session = await createSession(network, examples, {
      initial: read(figure.initial),
      build,
    });
    const losses = figure.losses.map(() => {
      session.trainer.step();
      return session.trainer.loss;
    });
    assertClose(losses, figure.losses, { relative: 1e-5 }, 'loss');
    assertWeights(session.trainer.weights(), figure.weights, 1e-5);
  };
}

for (const build of builds) {
  test(`a network with two batchnorms: twenty steps within 1e-4 of PyTorch’s, ${build}`, async () => {
    const { inputs, classes, initial, losses, running, weights, logits } = figures.network;
    const operations: LayerOperation[] = [
      ...[dense(16, false), batchnorm(), { kind: 'sigmoid' } as const],
      ...[dense(11, false), batchnorm(), { kind: 'relu' } as const],
      dense(4),
    ];
    const settings = { loss: 'softmax-cross-entropy', batchSize: 10, learningRate: 0.5 } as const;
    const network = networkOf(12, operations, settings);
    const examples = classified(inputs, classes);
    const session = await createSession(network, examples, { initial: read(initial), build });
    for (const [step, expected] of losses.entries()) {
      session.trainer.step();
      const close = { relative: 1e-4 };
      assertClose([session.trainer.loss], [expected], close, `loss of step ${step + 1}`);
      for (const [layer, { mean, variance }] of Object.entries(running[step])) {
        const what = `${layer} of step ${step + 1}: running`;
        const near = { ...close, ofLargest: 1e-6 };
        assertClose(session.statistic(layer, 'runningMean'), mean, near, `${what} mean`);
        assertClose(
          session.statistic(layer, 'runningVariance'),
          variance,
          near,
          `${what} variance`,
        );
      }
    }
    assertWeights(session.trainer.weights(), weights, 1e-4);
    assertClose(session.trainer.infer(examples), logits, { ofLargest: 1e-4 }, 'logits');
  });
}

function unitMatrix(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0));
}

function numbers(count: number, inputs: number[], targets: number[]): Examples {
  return { count, inputs: Float32Array.from(inputs), targets: Float32Array.from(targets) };
}

function classified(inputs: number[], classes: number[]): Examples {
  return {
    count: classes.length,
    inputs: Float32Array.from(inputs),
    targets: Int32Array.from(classes),
  };
}

function read(written: Written): Weights {
  return new Map(
    Object.entries(written).map(([name, { shape, values }]) => [
      name,
      { shape, values: Float32Array.from(values) },
    ]),
  );
}

function assertWeights(actual: Weights, expected: Written, tolerance: number): void {
  assert.deepEqual([...actual.keys()].sort(), Object.keys(expected).sort());
  for (const [name, { shape, values }] of Object.entries(expected)) {
    const tensor = actual.get(name)!;
    assert.deepEqual(tensor.shape, shape, name);
    assertClose(tensor.values, values, { ofLargest: tolerance, relative: tolerance }, name);
  }
}
