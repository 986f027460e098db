/**
 * Random changes of training images as they are copied into a batch: shift, then mirror, then crop. How an example is
 * changed depends on the seed, the epoch and the example alone, so all variants see the same images whatever their batch
 * size or order. Images are raw, `[channels, height, width]`; what comes in from outside is 0.
 */
import type { Augmentation, Examples, Shape } from '../network/types.ts';
import { seededRandom } from '../random.ts';

/** Copies an example, changed as in that epoch, to row `row` of the batch at `staging`. */
export type ExampleCopier = (example: number, epoch: number, row: number) => void;

/** Pixels the image moves down and right, whether it is mirrored, and where the crop begins beside the image. */
const drawn = { down: 0, right: 1, mirrored: 2, top: 3, left: 4, count: 5 } as const;

export function createImageCopier(
  augmentation: Augmentation,
  seed: number,
  shape: Shape,
  { inputs, count }: Examples,
  staging: number,
  memory: WebAssembly.Memory,
): ExampleCopier {
  if (shape.length !== 3) {
    throw new Error(
      `augmentation: expected images [channels, height, width], found examples [${shape.join(', ')}]; leave it out`,
    );
  }
  const target =
    inputs instanceof Uint8Array
      ? new Uint8Array(memory.buffer, staging)
      : new Float32Array(memory.buffer, staging);
  const size = inputs.length / count;
  const changes = new Int32Array(count * drawn.count);
  let drawnFor = -1;
  return (example, epoch, row) => {
    if (epoch !== drawnFor) {
      drawChanges(changes, augmentation, seed, epoch);
      drawnFor = epoch;
    }
    const change = changes.subarray(example * drawn.count, (example + 1) * drawn.count);
    const image = inputs.subarray(example * size, (example + 1) * size);
    copyChanged(image, target.subarray(row * size, (row + 1) * size), shape, change);
  };
}

/** The same number of draws for every example, so that none depends on another's. */
function drawChanges(
  changes: Int32Array,
  { shift, flip, crop }: Augmentation,
  seed: number,
  epoch: number,
): void {
  const { below } = seededRandom(seed, 'augmentation', epoch);
  const within = (limit: number) => below(2 * limit + 1) - limit;
  for (let at = 0; at < changes.length; at += drawn.count) {
    changes[at + drawn.down] = within(shift);
    changes[at + drawn.right] = within(shift);
    changes[at + drawn.mirrored] = below(2) * Number(flip);
    changes[at + drawn.top] = within(crop);
    changes[at + drawn.left] = within(crop);
  }
}

/** Line by line; a line's pixels that come from within the image lie side by side in it, forwards or backwards. */
function copyChanged(
  image: Examples['inputs'],
  target: Examples['inputs'],
  [channels, height, width]: Shape,
  change: Int32Array,
): void {
  const mirrored = change[drawn.mirrored] === 1;
  const left = change[drawn.left];
  const right = change[drawn.right];
  // Pixel x of the target is pixel x + left of the mirrored image, whose pixels outside the shifted one are 0.
  const moved = mirrored ? -right : right;
  const begin = clamp(Math.max(0, moved) - left, width);
  const end = clamp(width + Math.min(0, moved) - left, width);
  target.fill(0);
  if (begin >= end) return;
  for (let y = 0; y < height; y++) {
    const shifted = y + change[drawn.top];
    const line = shifted - change[drawn.down];
    if (shifted < 0 || shifted >= height || line < 0 || line >= height) continue;
    for (let channel = 0; channel < channels; channel++) {
      const from = (channel * height + line) * width;
      const to = (channel * height + y) * width;
      if (mirrored) {
        const last = from + width - 1 - left - right;
        for (let x = begin; x < end; x++) target[to + x] = image[last - x];
      } else {
        const first = from + left - right;
        target.set(image.subarray(first + begin, first + end), to + begin);
      }
    }
  }
}

function clamp(x: number, limit: number): number {
  return Math.min(Math.max(x, 0), limit);
}
