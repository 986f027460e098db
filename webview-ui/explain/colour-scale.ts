/**
 * Colours for values: lightness rises or falls evenly in OKLab, away from the background, so that equal differences of
 * the values look equal, in every theme and without telling hues apart. Conversions after Björn Ottosson.
 */
import { linearRange, logRange, type Range } from '../axes.ts';

type Lab = readonly [lightness: number, a: number, b: number];
export type Rgb = readonly [red: number, green: number, blue: number];

export interface ColourScale {
  readonly range: Range;
  readonly log: boolean;
  /** Between 0 and 1 for the ends of the range; values beyond have the colours of the ends. */
  share(value: number): number;
  colour(share: number): Rgb;
}

/** Smallest share of the largest variance that is told apart. */
const logDepth = 1e-6;
const colours = 256;

/**
 * The scale for values between two ends: around 0 when they lie on both sides, else from the lowest to the highest;
 * logarithmic for what cannot be negative when asked.
 */
export function colourScale(
  extent: { readonly min: number; readonly max: number; readonly minPositive: number },
  log: boolean,
  background: string,
): ColourScale {
  const isDark = lightnessOf(background) < 0.5;
  const { min, max, minPositive } = extent;
  if (log && max > 0) {
    const range = logRange(Math.max(minPositive, max * logDepth), max);
    const [low, high] = range.map(Math.log10);
    const share = (value: number) => (Math.log10(Math.max(value, range[0])) - low) / (high - low);
    return { range, log: true, share: (value) => clamp(share(value)), colour: sequential(isDark) };
  }
  const isDiverging = min < 0 && max > 0;
  const far = Math.max(-min, max);
  const range = isDiverging ? linearRange(-far, far) : linearRange(min, max);
  const share = (value: number) => clamp((value - range[0]) / (range[1] - range[0]));
  return { range, log: false, share, colour: isDiverging ? diverging(isDark) : sequential(isDark) };
}

const clamp = (share: number) => Math.min(1, Math.max(0, share));

/** From what is near the background to what stands out most, from blue by green to yellow in dark themes. */
function sequential(isDark: boolean): (share: number) => Rgb {
  const dark: readonly Lab[] = [
    polar(0.3, 0.09, 285),
    polar(0.62, 0.12, 200),
    polar(0.94, 0.14, 105),
  ];
  const light: readonly Lab[] = [
    polar(0.95, 0.05, 105),
    polar(0.63, 0.12, 190),
    polar(0.3, 0.11, 285),
  ];
  return table(isDark ? dark : light);
}

/** Blue below, orange above, and what is near the background between. */
function diverging(isDark: boolean): (share: number) => Rgb {
  return table(
    isDark
      ? [
          polar(0.86, 0.11, 235),
          polar(0.56, 0.12, 250),
          [0.25, 0, 0],
          polar(0.56, 0.12, 50),
          polar(0.86, 0.11, 70),
        ]
      : [
          polar(0.36, 0.13, 262),
          polar(0.66, 0.11, 250),
          [0.97, 0, 0],
          polar(0.66, 0.13, 50),
          polar(0.38, 0.11, 40),
        ],
  );
}

function table(stops: readonly Lab[]): (share: number) => Rgb {
  const made = Array.from({ length: colours }, (_, index) => {
    const place = (index / (colours - 1)) * (stops.length - 1);
    const stop = Math.min(stops.length - 2, Math.floor(place));
    const [from, to] = [stops[stop], stops[stop + 1]];
    const mix = (channel: 0 | 1 | 2) =>
      from[channel] + (to[channel] - from[channel]) * (place - stop);
    return toRgb([mix(0), mix(1), mix(2)]);
  });
  return (share) => made[Math.round(share * (colours - 1))];
}

function polar(lightness: number, chroma: number, degrees: number): Lab {
  const angle = (degrees * Math.PI) / 180;
  return [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)];
}

function toRgb([lightness, a, b]: Lab): Rgb {
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
    gamma(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
    gamma(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short),
  ];
}

function gamma(linear: number): number {
  const share = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(255 * clamp(share));
}

/** Rough lightness of a theme's colour, `#1f1f1f` or `rgb(31, 31, 31)`. */
function lightnessOf(colour: string): number {
  const hex = colour.match(
    /^#(?:([\da-f])([\da-f])([\da-f])$|([\da-f]{2})([\da-f]{2})([\da-f]{2}))/i,
  );
  const channels = hex
    ? hex
        .slice(1)
        .filter(Boolean)
        .map((digits) => Number.parseInt(digits.padEnd(2, digits), 16))
    : (colour.match(/[\d.]+/g) ?? ['255', '255', '255']).slice(0, 3).map(Number);
  return (0.299 * channels[0] + 0.587 * channels[1] + 0.114 * channels[2]) / 255;
}
