/** Dense layers of every size around the edges of panels and tiles against float64: forward, and all gradients. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../sidecar/engine/calls.ts';
import { dense } from '../../sidecar/engine/layers/dense.ts';
import type { LayerOf } from '../../sidecar/engine/layers/layer.ts';
import type { Shape } from '../../sidecar/network/types.ts';
import { seededRandom } from '../../sidecar/random.ts';
import { runAlone } from './alone.ts';
import { assertClose } from './close.ts';

interface Case {
  readonly input: Shape;
  readonly units: number;
  readonly batch: number;
  readonly bias?: boolean;
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

const suites: Readonly<Record<string, readonly Case[]>> = {
  // Across a vector, half a panel, a panel and two.
  '17 numbers of inputs and units': upTo(17).flatMap((units) =>
    upTo(17).map((inputs) => ({ input: [inputs], units, batch: ((5 * units + inputs) % 17) + 1 })),
  ),
  // Rows of 5, 6 and 8 at a time, what is left in fours; three threads divide them anywhere.
  'every batch up to 66': upTo(66).flatMap((batch) => [
    { input: [9], units: 11, batch, bias: batch % 2 === 0 },
    { input: [5], units: 28, batch },
  ]),
  // Six inputs at a time out of three panels.
  'every number of inputs up to 60': upTo(60).flatMap((inputs) => [
    { input: [inputs], units: 8, batch: 6 },
    { input: [inputs], units: 19, batch: 7 },
  ]),
  'images of every number of channels': upTo(17).flatMap((channels) => [
    { input: [channels, 2, 3], units: 12, batch: 8 },
    { input: [channels, 5], units: 13, batch: 13 },
  ]),
  wide: [{ input: [300], units: 140, batch: 70 }],
};

for (const [name, cases] of Object.entries(suites)) {
  for (const build of ['simd', 'relaxed'] as const) {
    for (const high of [1, 0]) {
      const tiles = high ? 'high' : 'low';
      test(`${name}: within 1e-5 of float64, ${build}, ${tiles} tiles`, async () => {
        for (const each of cases) await check(each, build, high);
      });
    }
  }
}

async function check(
  { input, units, batch, bias = true }: Case,
  build: 'simd' | 'relaxed',
  high: number,
) {
  const layer: LayerOf<'dense'> = {
    ...{ kind: 'dense', name: 'dense1', inputs: ['input'], learningRate: 1, units, bias },
    ...{ input, output: [units] },
  };
  const inputs = input.reduce((product, length) => product * length, 1);
  const random = seededRandom(1, units, inputs, batch);
  const draw = (length: number) => Float32Array.from({ length }, () => random.normal());
  const x = draw(batch * inputs);
  const w = draw(units * inputs);
  const b = bias ? draw(units) : new Float32Array(units);
  const dy = draw(batch * units);
  const found = await runAlone(withTiles(high), layer, {
    ...{ batch, input: x, parameters: { weight: w, bias: b }, outputGradient: dy, build },
  });

  const where = `${input} to ${units}, batch ${batch}`;
  const near = { ofLargest: 2e-6, relative: 1e-5, absolute: 2e-6 };
  const y = table(
    batch,
    units,
    (r, u) => b[u] + sum(inputs, (i) => x[r * inputs + i] * w[u * inputs + i]),
  );
  assertClose(found.output, y, near, `${where}: y`);
  assert.deepEqual(found.evaluated(), found.output, `${where}: inference`);
  const dx = table(batch, inputs, (r, i) =>
    sum(units, (u) => dy[r * units + u] * w[u * inputs + i]),
  );
  assertClose(found.inputGradient!, dx, near, `${where}: dx`);
  assert.ok(found.padsWithZeros, `${where}: lanes that pad in dx`);
  const dw = table(units, inputs, (u, i) =>
    sum(batch, (r) => dy[r * units + u] * x[r * inputs + i]),
  );
  assertClose(found.gradients.weight, dw, near, `${where}: dw`);
  const db = Float64Array.from({ length: units }, (_, u) => sum(batch, (r) => dy[r * units + u]));
  if (bias) assertClose(found.gradients.bias, db, near, `${where}: db`);
  // What pads would otherwise move weights that are not there: it is 0 from the start and must not be touched, here the
  // number that fills the memory.
  const count = (values: Float32Array) => values.filter((x) => x !== 0 && x !== 1000).length;
  const { weight } = found.rawGradients;
  assert.equal(count(weight), count(found.gradients.weight), `${where}: dw pads`);
}

/** The layer with the tiles asked for, whatever this V8 holds: the last argument of every product. */
function withTiles(high: number): typeof dense {
  const set = (calls: readonly Call[]) =>
    calls.map((call) =>
      call.kernel === 'denseBiasGradient'
        ? call
        : { ...call, args: [...call.args.slice(0, -1), high] },
    );
  return {
    ...dense,
    forward: (site) => set(dense.forward(site)),
    backward: (site) => set(dense.backward(site)),
    inference: (site) => set(dense.inference(site)),
  };
}

/** `[rows][columns]` of a function of both. */
function table(rows: number, columns: number, value: (row: number, column: number) => number) {
  return Float64Array.from({ length: rows * columns }, (_, i) =>
    value(Math.floor(i / columns), i % columns),
  );
}

function sum(count: number, term: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
}
