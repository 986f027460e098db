/** IEEE 754 binary16: 11 bits of precision, largest value 65,504. Not every runtime this runs in has Float16Array. */

/** Values from here on would be rounded to infinity. */
const limit = 65_520;

export function fitsHalf(values: Float32Array): boolean {
  return values.every((value) => Math.abs(value) < limit);
}

/** Bit patterns of the nearest halves, ties to even. The values must fit. */
export function toHalf(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, (value) => {
    const size = Math.abs(value);
    const exponent = Math.max(Math.floor(Math.log2(size)), -14);
    // In units of the last place, which overflow into the exponent as they should.
    const bits = (exponent + 14) * 1024 + roundToEven(size / 2 ** (exponent - 10));
    return value < 0 || Object.is(value, -0) ? bits | 0x8000 : bits;
  });
}

export function fromHalf(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, numberOfHalf);
}

/** The number of a bit pattern; every one is a float32 too. */
export function numberOfHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below + (below % 2);
}
