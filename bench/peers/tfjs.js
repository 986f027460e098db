/** TensorFlow.js's driver for the bench: its layers API on its own CPU or WebAssembly backend. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { randomBatch, serveDriver } from '../driver.ts';

const require = createRequire(import.meta.url);

function build(tf, operations, input) {
  let x = input;
  for (const [index, operation] of operations.entries()) {
    const [kind, options] =
      typeof operation === 'string' ? [operation] : Object.entries(operation)[0];
    const useBias = operations[index + 1] !== 'batchnorm';
    x = layers[kind](tf, options, x, useBias);
  }
  return x;
}

const layers = {
  dense: (tf, units, x, useBias) => {
    const flat = x.shape.length > 2 ? tf.layers.flatten().apply(x) : x;
    return tf.layers.dense({ units, useBias }).apply(flat);
  },
  conv2d: (tf, { filters, kernel, padding }, x, useBias) =>
    tf.layers.conv2d({ filters, kernelSize: kernel, padding, useBias }).apply(x),
  batchnorm: (tf, _, x) => tf.layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5 }).apply(x),
  sigmoid: (tf, _, x) => tf.layers.activation({ activation: 'sigmoid' }).apply(x),
  relu: (tf, _, x) => tf.layers.activation({ activation: 'relu' }).apply(x),
  maxpool: (tf, { kernel, stride }, x) =>
    tf.layers.maxPooling2d({ poolSize: kernel, strides: stride }).apply(x),
  avgpool: (tf, { kernel, stride, padding }, x) =>
    tf.layers.averagePooling2d({ poolSize: kernel, strides: stride, padding }).apply(x),
  'global-avgpool': (tf, _, x) => tf.layers.globalAveragePooling2d({}).apply(x),
  concat: (tf, branches, x) =>
    tf.layers.concatenate().apply(branches.map((branch) => build(tf, branch, x))),
};

await serveDriver(async ({ work, variant }) => {
  // Its advice to install the native package would go to standard output.
  console.log = console.warn = () => {};
  const tf = require('@tensorflow/tfjs');
  if (variant === 'wasm') {
    const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  }
  await tf.setBackend(variant);
  await tf.ready();

  const [channels, height, width] = work.input;
  const input = tf.input({ shape: [height, width, channels] });
  const logits = build(tf, work.network, input);
  const model = tf.model({ inputs: input, outputs: logits });
  model.compile({
    optimizer: tf.train.sgd(work.learningRate),
    loss: (labels, outputs) => tf.losses.softmaxCrossEntropy(labels, outputs),
  });
  const { pixels, labels } = randomBatch(work);
  // Random pixels need no reordering to channels last.
  const x = tf.tensor(pixels, [work.batch, height, width, channels]);
  const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 10).toFloat();
  return {
    versions: { tfjs: tf.version.tfjs },
    step: () => model.trainOnBatch(x, y),
  };
});
