/** Breaks bytes in the ways in which files break, and in those in which somebody would break them on purpose. */
import type { Random } from '../../sidecar/random.ts';

/** A copy with one to four changes. `others` are what pieces are taken from. */
export function mutate(
  bytes: Uint8Array,
  others: readonly Uint8Array[],
  random: Random,
): Uint8Array {
  let result = bytes;
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const change = changes[random.below(changes.length)];
    result = change(result, random, others);
  }
  return result;
}

type Change = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

const flipBits: Change = (bytes, random) => {
  const copy = bytes.slice();
  for (let left = 1 + random.below(8); left > 0 && copy.length > 0; left -= 1) {
    copy[random.below(copy.length)] ^= 1 << random.below(8);
  }
  return copy;
};

const truncate: Change = (bytes, random) => bytes.slice(0, random.below(bytes.length + 1));

/** Puts a piece of a file in, in place of a piece of another length. */
const splice: Change = (bytes, random, others) => {
  const from = others[random.below(others.length)];
  const start = random.below(from.length + 1);
  const piece = from.subarray(start, start + random.below(200));
  const at = random.below(bytes.length + 1);
  return join(bytes.subarray(0, at), piece, bytes.subarray(at + random.below(200)));
};

/** A number in the place of a byte, which may have been a length: near the old one, or as large as numbers get. */
const editLength: Change = (bytes, random) => {
  if (bytes.length === 0) return bytes;
  const at = random.below(bytes.length);
  const numbers = [
    [bytes[at] + 1],
    [bytes[at] - 1],
    [0],
    [0x7f],
    [0xff, 0xff, 0xff, 0xff, 0x07],
    [0x80, 0x80, 0x80, 0x80, 0x10],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    Array(11).fill(0xff),
  ];
  const number = Uint8Array.from(numbers[random.below(numbers.length)]);
  return join(bytes.subarray(0, at), number, bytes.subarray(at + 1));
};

/** The same field many times over. */
const repeat: Change = (bytes, random) => {
  const at = random.below(bytes.length + 1);
  const piece = bytes.subarray(at, at + 1 + random.below(60));
  const times = 1 + random.below(40);
  return join(bytes.subarray(0, at), ...Array<Uint8Array>(times).fill(piece), bytes.subarray(at));
};

const changes: readonly Change[] = [
  flipBits,
  flipBits,
  truncate,
  splice,
  splice,
  editLength,
  editLength,
  repeat,
];

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
