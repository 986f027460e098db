/** How variants are told apart: a colour of the theme and a marker of its own, since colour is never the only sign. */
import { icon } from './dom.ts';

/** Number of colours; the theme's `charts.orange` is left out, it is translucent or missing in common themes. */
export const colourCount = 6;

/** Outlines in a square from -1 to 1; seven shapes and six colours make 42 pairs. */
const shapes: readonly (readonly [x: number, y: number][] | 'circle')[] = [
  'circle',
  [
    [0, -1.15],
    [1.15, 0],
    [0, 1.15],
    [-1.15, 0],
  ],
  [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  [
    [0, -1.1],
    [1.1, 0.9],
    [-1.1, 0.9],
  ],
  [
    [0, 1.1],
    [-1.1, -0.9],
    [1.1, -0.9],
  ],
  [
    [-0.4, -1.1],
    [0.4, -1.1],
    [0.4, -0.4],
    [1.1, -0.4],
    [1.1, 0.4],
    [0.4, 0.4],
    [0.4, 1.1],
    [-0.4, 1.1],
    [-0.4, 0.4],
    [-1.1, 0.4],
    [-1.1, -0.4],
    [-0.4, -0.4],
  ],
  [
    [0, -1.2],
    [1.1, -0.3],
    [0.7, 1],
    [-0.7, 1],
    [-1.1, -0.3],
  ],
];

/** Adds a variant's marker to a path, centred, with the given radius. */
export function addMarker(
  path: Pick<CanvasPath, 'moveTo' | 'lineTo' | 'arc' | 'closePath'>,
  index: number,
  x: number,
  y: number,
  radius: number,
): void {
  const outline = shapes[index % shapes.length];
  if (outline === 'circle') {
    path.moveTo(x + radius, y);
    path.arc(x, y, radius, 0, Math.PI * 2);
    return;
  }
  outline.forEach(([dx, dy], corner) => {
    if (corner === 0) path.moveTo(x + dx * radius, y + dy * radius);
    else path.lineTo(x + dx * radius, y + dy * radius);
  });
  path.closePath();
}

/** The same marker as a small drawing beside a name or a figure; `colour` where it is another than the marker's. */
export function swatch(index: number, colour = index): SVGSVGElement {
  const outline = shapes[index % shapes.length];
  const path =
    outline === 'circle'
      ? 'M3.5 8a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z'
      : `M${outline.map(([x, y]) => `${8 + x * 4.8} ${8 + y * 4.8}`).join('L')}z`;
  const made = icon(path, true);
  made.classList.add('swatch', seriesClass(colour));
  return made;
}

/** The style sheet's class that sets a variant's colour as the text's. */
export function seriesClass(index: number): string {
  return `series-${index % colourCount}`;
}
