import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colourScale, type Rgb } from '../../../webview-ui/explain/colour-scale.ts';

/** CIE L*, by its definition: another measure of lightness than the one that the scale is made with. */
function lightness(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return luminance > (6 / 29) ** 3 ? 116 * Math.cbrt(luminance) - 16 : luminance * (29 / 3) ** 3;
}

const shares = Array.from({ length: 21 }, (_, index) => index / 20);

for (const [theme, background] of [
  ['dark', '#1f1f1f'],
  ['light', 'rgb(255, 255, 255)'],
  ['high contrast', '#000'],
] as const) {
  const away = theme === 'light' ? -1 : 1;

  test(`on a ${theme} background, one end to the other, lightness changes evenly away from it`, () => {
    const { colour } = colourScale({ min: 0.1, max: 5, minPositive: 0.1 }, false, background);
    const steps = shares.slice(1).map((share, index) => {
      return away * (lightness(colour(share)) - lightness(colour(shares[index])));
    });
    assert.ok(Math.min(...steps) > 1.5, `smallest ${Math.min(...steps)}`);
    assert.ok(Math.max(...steps) < 3 * Math.min(...steps), `${steps}`);
  });

  test(`on a ${theme} background, around 0, both sides stand out alike`, () => {
    const { colour, range } = colourScale({ min: -3, max: 1, minPositive: 0.1 }, false, background);
    assert.equal(range[0], -range[1]);
    for (const share of shares.filter((each) => each < 0.5)) {
      const [low, high] = [share, 1 - share].map((each) => lightness(colour(each)));
      assert.ok(Math.abs(low - high) < 8, `${share}: ${low} and ${high}`);
      assert.ok(away * (low - lightness(colour(0.5))) > 0);
    }
  });
}

test('values lie between the ends, logarithmic where asked, and beyond them at the ends', () => {
  const variance = colourScale({ min: 0, max: 100, minPositive: 0.01 }, true, '#000000');
  assert.deepEqual([variance.range, variance.log], [[0.01, 100], true]);
  assert.deepEqual([0, 0.01, 1, 100, 1e9].map(variance.share), [0, 0, 0.5, 1, 1]);
  const mean = colourScale({ min: -2, max: 4, minPositive: 1 }, false, '#000000');
  assert.deepEqual([-4, 0, 4].map(mean.share), [0, 0.5, 1]);
});

test('a variance that is 0 everywhere still has a scale', () => {
  const extent = { min: 0, max: 0, minPositive: Number.POSITIVE_INFINITY };
  const { share, colour } = colourScale(extent, true, '#000000');
  assert.ok(colour(share(0)).every(Number.isFinite));
});
