/** Pooling in every geometry against float64, with ties, and the gradient's way back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayerDefinition, LayerOf } from '../../sidecar/engine/layers/layer.ts';
import { avgpool, maxpool } from '../../sidecar/engine/layers/pool.ts';
import { seededRandom } from '../../sidecar/random.ts';
import { runAlone } from './alone.ts';
import { assertClose } from './close.ts';
import { pool, type Size, type Sliding, slid } from './images.ts';

type Pool = LayerOf<'maxpool' | 'avgpool' | 'global-avgpool'>;

const noPadding = { top: 0, bottom: 0, left: 0, right: 0 };

const geometries: readonly Sliding[] = [
  { kernel: [2, 2], stride: [2, 2], padding: noPadding },
  { kernel: [3, 3], stride: [2, 2], padding: { top: 1, bottom: 1, left: 1, right: 1 } },
  { kernel: [3, 3], stride: [1, 1], padding: { top: 1, bottom: 1, left: 1, right: 1 } },
  { kernel: [3, 2], stride: [1, 3], padding: { top: 0, bottom: 2, left: 1, right: 0 } },
  { kernel: [2, 3], stride: [3, 2], padding: noPadding },
  { kernel: [1, 1], stride: [2, 1], padding: noPadding },
  { kernel: [5, 4], stride: [2, 2], padding: { top: 2, bottom: 2, left: 0, right: 3 } },
];

for (const build of ['simd', 'relaxed'] as const) {
  for (const [kind, definition] of [
    ['maxpool', maxpool],
    ['avgpool', avgpool],
  ] as const) {
    test(`${kind}: ${geometries.length} geometries, 17 numbers of channels, within 1e-6 of float64, ${build}`, async () => {
      for (const [i, sliding] of geometries.entries()) {
        for (let channels = i + 1; channels <= 17; channels += geometries.length) {
          const input: Size = [channels, 5 + (i % 3), 6 + (channels % 2)];
          await check(kind, definition, input, sliding, (channels % 8) + 2, build);
        }
      }
    });

    test(`${kind} of sequences, ${build}`, async () => {
      for (const stride of [1, 2, 3] as const) {
        const sliding = { kernel: [1, 3], stride: [1, stride], padding: noPadding } as const;
        await check(kind, definition, [9, 1, 11], sliding, 3, build);
      }
    });
  }

  test(`global-avgpool of odd images and of sequences, ${build}`, async () => {
    for (const input of [
      [9, 7, 5],
      [17, 1, 13],
      [4, 1, 1],
    ] satisfies Size[]) {
      const sliding = { kernel: [input[1], input[2]], stride: [1, 1], padding: noPadding } as const;
      await check('global-avgpool', avgpool, input, sliding, 5, build);
    }
  });
}

test('maxpool takes the first of equal maxima, and passes NaN on', async () => {
  const layer = layerOf('maxpool', [1, 2, 4], geometries[0]);
  const input = Float32Array.of(3, 3, 1, Number.NaN, 3, 3, 2, 9);
  const found = await runAlone(maxpool as LayerDefinition<Pool>, layer, {
    ...{ batch: 1, input, outputGradient: Float32Array.of(5, 7), build: 'simd' },
  });
  assert.deepEqual([...found.output], [3, Number.NaN]);
  assert.deepEqual([...found.inputGradient!], [5, 0, 0, 7, 0, 0, 0, 0]);
});

test('a window that lies in the padding alone is refused with what would do', async () => {
  const padding = { top: 3, bottom: 3, left: 0, right: 0 };
  const layer = layerOf('maxpool', [1, 4, 4], { kernel: [2, 2], stride: [1, 1], padding });
  const given = { batch: 1, input: new Float32Array(16), build: 'simd' } as const;
  await assert.rejects(
    runAlone(maxpool as LayerDefinition<Pool>, layer, {
      ...given,
      outputGradient: new Float32Array(27),
    }),
    /maxpool1: expected every window to cover a part of its input.*use less padding/,
  );
});

async function check(
  kind: Pool['kind'],
  definition: object,
  input: Size,
  sliding: Sliding,
  batch: number,
  build: 'simd' | 'relaxed',
): Promise<void> {
  const layer = layerOf(kind, input, sliding);
  const to = outputOf(input, sliding);
  const random = seededRandom(1, kind, ...input);
  // Few different values, so that there are ties.
  const x = Float32Array.from({ length: batch * size(input) }, () => random.below(9) - 4);
  const dy = Float32Array.from({ length: batch * size(to) }, () => random.normal());
  const found = await runAlone(definition as LayerDefinition<Pool>, layer, {
    ...{ batch, input: x, outputGradient: dy, build },
  });
  const judged = pool(kind === 'maxpool' ? 'max' : 'average', sliding, input, to, batch, x, dy);
  const where = `${kind} ${input} ${JSON.stringify(sliding)} batch ${batch}`;
  assertClose(found.output, judged.y, { absolute: 1e-6, relative: 1e-6 }, `${where}: y`);
  assert.deepEqual(found.evaluated(), found.output, `${where}: inference`);
  assertClose(found.inputGradient!, judged.dx, { absolute: 1e-6, relative: 1e-6 }, `${where}: dx`);
  assert.ok(found.padsWithZeros, `${where}: lanes that pad in dx`);
}

function layerOf(kind: Pool['kind'], input: Size, sliding: Sliding): Pool {
  const shape = ([channels, height, width]: Size) =>
    height === 1 ? [channels, width] : [channels, height, width];
  const output = kind === 'global-avgpool' ? [input[0]] : shape(outputOf(input, sliding));
  return {
    ...{ kind, name: `${kind}1`, inputs: ['input'], learningRate: 1, ...sliding },
    ...{ input: shape(input), output },
  };
}

function outputOf([channels, height, width]: Size, { kernel, stride, padding }: Sliding): Size {
  return [
    channels,
    slid(height, kernel[0], stride[0], padding.top + padding.bottom),
    slid(width, kernel[1], stride[1], padding.left + padding.right),
  ];
}

function size(shape: Size): number {
  return shape[0] * shape[1] * shape[2];
}
