/**
 * What only moves or adds activations: sums of branches, channels joined and divided, images made flat. A panel is
 * `stride` bytes, all rows of it are treated alike.
 */
import { ROW } from './vector';

/** y = a + b. */
export function addForward(first: i32, last: i32, a: usize, b: usize, y: usize, stride: usize): void {
  const end = <usize>last * stride;
  for (let at = <usize>first * stride; at < end; at += 16) {
    v128.store(y + at, f32x4.add(v128.load(a + at), v128.load(b + at)));
  }
}

/** y += x. */
export function accumulate(first: i32, last: i32, x: usize, y: usize, stride: usize): void {
  addForward(first, last, x, y, y, stride);
}

/**
 * Channels `[start, start + units)` of y from x, whose channels begin at 0, and 0 into channels from there to `end`; other
 * channels of y stay as they are. Panels are those of x; a thread writes the channels of its panels alone, wherever they
 * lie in y.
 */
export function joinChannels(first: i32, last: i32, x: usize, y: usize, stride: usize, units: i32, start: i32, end: i32): void {
  const rows = <i32>(stride / ROW);
  for (let channel = 8 * first; channel < min(8 * last, units); channel++) {
    copyLane(x + laneOf(channel, stride), y + laneOf(channel + start, stride), rows);
  }
  if (8 * last < units) return;
  for (let channel = start + units; channel < end; channel++) clearLane(y + laneOf(channel, stride), rows);
}

/** Channels `[start, start + units)` of dy into dx, whose lanes behind the last become 0. Panels are those of dx. */
export function splitChannels(first: i32, last: i32, dy: usize, dx: usize, stride: usize, units: i32, start: i32): void {
  const rows = <i32>(stride / ROW);
  for (let channel = 8 * first; channel < 8 * last; channel++) {
    const target = dx + laneOf(channel, stride);
    if (channel < units) copyLane(dy + laneOf(channel + start, stride), target, rows);
    else clearLane(target, rows);
  }
}

/** Images `[channels / 8][pixels][rows][8]` to vectors `[channels pixels / 8][rows][8]`. Panels are those of the vectors. */
export function flattenForward(first: i32, last: i32, x: usize, y: usize, rows: i32, channels: i32, pixels: i32): void {
  const stride = <usize>rows * ROW;
  for (let feature = 8 * first; feature < 8 * last; feature++) {
    const target = y + laneOf(feature, stride);
    if (feature >= channels * pixels) clearLane(target, rows);
    else copyLane(x + pixelLane(feature / pixels, feature % pixels, pixels, stride), target, rows);
  }
}

/** The gradient's way back. Panels are those of the images. */
export function flattenBackward(first: i32, last: i32, dy: usize, dx: usize, rows: i32, channels: i32, pixels: i32): void {
  const stride = <usize>rows * ROW;
  for (let channel = 8 * first; channel < 8 * last; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const target = dx + pixelLane(channel, pixel, pixels, stride);
      if (channel >= channels) clearLane(target, rows);
      else copyLane(dy + laneOf(channel * pixels + pixel, stride), target, rows);
    }
  }
}

/** Offset of a unit's first value where panels are `stride` bytes. */
// @ts-ignore: decorator
@inline
function laneOf(unit: i32, stride: usize): usize {
  return <usize>(unit >> 3) * stride + <usize>(unit & 7) * 4;
}

/** Offset of the first value of a channel at a pixel; `stride` bytes from pixel to pixel. */
// @ts-ignore: decorator
@inline
function pixelLane(channel: i32, pixel: i32, pixels: i32, stride: usize): usize {
  return laneOf(channel, stride * <usize>pixels) + <usize>pixel * stride;
}

/** One lane of all rows. */
function copyLane(from: usize, to: usize, rows: i32): void {
  for (let end = from + <usize>rows * ROW; from < end; from += ROW) {
    store<f32>(to, load<f32>(from));
    to += ROW;
  }
}

function clearLane(to: usize, rows: i32): void {
  for (let end = to + <usize>rows * ROW; to < end; to += ROW) store<f32>(to, 0);
}
