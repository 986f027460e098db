/** Changes what a model says while it stays one by its form, so that what comes after decoding is tried as well. */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import type { Random } from '../../sidecar/random.ts';

type Holder = Record<string | number, unknown>;
interface Place {
  readonly holder: Holder;
  readonly key: string | number;
}

const names = [
  '',
  '__proto__',
  'constructor',
  'x',
  'Identity',
  'BatchNormalization',
  'Reshape',
  '\0',
  '\u202e',
];
const integers = [
  0n,
  1n,
  -1n,
  2n,
  7n,
  65n,
  2n ** 31n,
  -(2n ** 31n),
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];
const numbers = [0, 1, -1, 2, 10, 11, 16, 255, 2 ** 31 - 1, -(2 ** 31)];

/** The bytes of a model with one to six values, lists or messages changed, taken out, doubled or moved. */
export function mutateMessage(bytes: Uint8Array, random: Random): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  for (let left = 1 + random.below(6); left > 0; left -= 1) {
    const places = placesIn(model as unknown as Holder);
    const texts = places
      .map(({ holder, key }) => holder[key])
      .filter((each) => typeof each === 'string');
    change(places[random.below(places.length)], [...names, ...texts], random);
  }
  return toBinary(ModelProtoSchema, model);
}

function change({ holder, key }: Place, texts: readonly string[], random: Random): void {
  const pick = <T>(items: readonly T[]) => items[random.below(items.length)];
  const value = holder[key];
  if (typeof value === 'string') holder[key] = pick(texts);
  else if (typeof value === 'bigint') holder[key] = pick(integers);
  else if (typeof value === 'number') holder[key] = pick(numbers);
  else if (value instanceof Uint8Array) holder[key] = value.slice(random.below(value.length + 1));
  else if (Array.isArray(value) && value.length > 0) changeList(value, random);
}

function changeList(list: unknown[], random: Random): void {
  const at = random.below(list.length);
  const other = random.below(list.length);
  switch (random.below(4)) {
    case 0:
      list.splice(at, 1 + random.below(3));
      break;
    case 1:
      list.splice(at, 0, list[other]);
      break;
    case 2:
      [list[at], list[other]] = [list[other], list[at]];
      break;
    default:
      list.push(...list.slice(0, 50));
  }
}

/** Every value that can be changed, lists and what is in them. */
function placesIn(holder: Holder): Place[] {
  return Object.keys(holder)
    .filter((key) => !key.startsWith('$') && key !== 'case')
    .flatMap((key): Place[] => {
      const value = holder[key];
      const isHolder =
        typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
      return [{ holder, key }, ...(isHolder ? placesIn(value as Holder) : [])];
    });
}
