import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { curvesFigure } from '../../sidecar/report/curves-figure.ts';
import { describeReport } from '../../sidecar/report/describe.ts';
import { comparableGrids, gridFigure } from '../../sidecar/report/grid-figure.ts';
import { percentilesFigure } from '../../sidecar/report/percentiles-figure.ts';
import { find, type Node, readMarkup, textOf } from './markup-reader.ts';
import { diverged, probeOf, request, sourceOf, variantOf } from './runs.ts';

const hostile = `<script>"a"&'b'</script>]]>`;

/** Points of a path of absolute moves and lines. */
function points(path: Node): [number, number][] {
  return [...path.attributes.d.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
}

/** From a place along an axis to a value, by two of the axis's own numbers. */
function reading(svg: Node, along: 'x' | 'y', parse: (label: string) => number) {
  const ticks = find(svg, 'text', 'tick').filter(({ attributes }) =>
    along === 'x' ? attributes['text-anchor'] === 'middle' : attributes['text-anchor'] === 'end',
  );
  // Numbers stand four pixels below the line they name.
  const place = ({ attributes }: Node) => Number(attributes[along]) - (along === 'y' ? 4 : 0);
  const [first, last] = [ticks[0], ticks.at(-1)!];
  const scale = (parse(last.text) - parse(first.text)) / (place(last) - place(first));
  return (at: number) => parse(first.text) + (at - place(first)) * scale;
}

/** Of `20 %`. */
const share = (label: string) => {
  assert.match(label, /^[\d.]+ %$/);
  return Number.parseFloat(label) / 100;
};

const near = (found: number, expected: number, within: number) =>
  assert.ok(Math.abs(found - expected) <= within, `${found} for ${expected}`);

describe('the curves', () => {
  test('lie where their axes say, and every line has a style, marks and a name', () => {
    const accuracies = [0.2, 0.45, 0.7, 0.65];
    const other = [0.1, 0.2, 0.3, 0.85];
    const figure = curvesFigure(
      describeReport(sourceOf([variantOf('base', accuracies), variantOf('other', other)])),
    )!;
    const svg = readMarkup(figure.svg);
    const step = reading(svg, 'x', Number);
    const accuracy = reading(svg, 'y', share);
    for (const [series, expected] of [accuracies, other].entries()) {
      const [line] = find(svg, 'path', `series-${series}`);
      const drawn = points(line);
      assert.equal(drawn.length, 4);
      for (const [index, [x, y]] of drawn.entries()) {
        near(step(x), 100 * (index + 1), 0.1);
        near(accuracy(y), expected[index], 1e-3);
      }
      assert.ok(
        find(svg, 'path', 'mark').some((mark) =>
          mark.attributes.class.includes(`series-${series}`),
        ),
      );
    }
    const names = find(svg, 'text', 'label').map(({ text }) => text);
    assert.deepEqual(names.toSorted(), ['base', 'other']);
  });

  test('near 100 % are spaced by the logarithm of the error', () => {
    const accuracies = [0.5, 0.9, 0.99];
    const figure = curvesFigure(describeReport(sourceOf([variantOf('base', accuracies)])))!;
    const svg = readMarkup(figure.svg);
    const depth = reading(svg, 'y', (label) => Math.log10(1 - Number.parseFloat(label) / 100));
    const [line] = find(svg, 'path', 'series-0');
    for (const [index, [, y]] of points(line).entries()) {
      near(depth(y), Math.log10(1 - accuracies[index]), 2e-3);
    }
    assert.match(textOf(svg), /logarithm of the error/);
  });

  test('near 100 % and near each other still have an axis that can be read', () => {
    const accuracies = [0.911, 0.925];
    const figure = curvesFigure(describeReport(sourceOf([variantOf('base', accuracies)])))!;
    const svg = readMarkup(figure.svg);
    const accuracy = reading(svg, 'y', share);
    const [line] = find(svg, 'path', 'series-0');
    for (const [index, [, y]] of points(line).entries()) near(accuracy(y), accuracies[index], 1e-3);
  });

  test('end where a run diverged, and leave a gap where it was not finite', () => {
    const report = describeReport(
      sourceOf([
        variantOf('base', [0.2, null, 0.4, 0.5]),
        variantOf('bad', [0.2, 0.3, null], { ...diverged, stepsMade: 250 }),
      ]),
    );
    const svg = readMarkup(curvesFigure(report)!.svg);
    const [first] = find(svg, 'path', 'series-0');
    assert.equal(first.attributes.d.match(/M/g)!.length, 2);
    const [bad] = find(svg, 'path', 'series-1');
    assert.equal(points(bad).length, 2);
    assert.match(textOf(svg), /bad \(diverged\)/);
  });

  test('of many evaluations keep the extremes of every pixel', () => {
    const accuracies = Array.from({ length: 20_000 }, (_, i) =>
      i === 12_345 ? 0.8 : 0.4 + (i % 7) / 100,
    );
    const svg = readMarkup(
      curvesFigure(describeReport(sourceOf([variantOf('base', accuracies)])))!.svg,
    );
    const accuracy = reading(svg, 'y', share);
    const drawn = points(find(svg, 'path', 'series-0')[0]);
    assert.ok(drawn.length < 2000, `${drawn.length}`);
    near(Math.max(...drawn.map(([, y]) => accuracy(y))), 0.8, 1e-3);
    near(Math.min(...drawn.map(([, y]) => accuracy(y))), 0.4, 1e-3);
  });

  test('are absent without an evaluation', () => {
    assert.equal(curvesFigure(describeReport(sourceOf([variantOf('base', [])]))), null);
    assert.equal(curvesFigure(describeReport(sourceOf([variantOf('base', [null])]))), null);
  });

  test('of all the same value, and of perfect accuracy, are finite', () => {
    for (const accuracies of [[0, 0], [0.5], [1, 1]]) {
      const { svg } = curvesFigure(describeReport(sourceOf([variantOf('base', accuracies)])))!;
      assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
    }
  });

  test('keep names apart from each other', () => {
    const variants = Array.from({ length: 8 }, (_, index) => variantOf(`v${index}`, [0.5, 0.6]));
    const svg = readMarkup(curvesFigure(describeReport(sourceOf(variants)))!.svg);
    const places = find(svg, 'text', 'label')
      .map(({ attributes }) => Number(attributes.y))
      .sort((a, b) => a - b);
    for (let i = 1; i < places.length; i++) assert.ok(places[i] - places[i - 1] >= 12, `${places}`);
  });
});

describe('percentiles', () => {
  test('have a panel a variant on the same axes', () => {
    const steps = [100, 200, 300];
    const variant = (name: string, factor: number) =>
      variantOf(name, [0.5, 0.5, 0.5], {
        probes: steps.map((step) => probeOf(step, [[-factor * step], [0], [factor * step]])),
      });
    const { percentiles } = describeReport(
      sourceOf([variant('a', 1), variant('b', 3), variant(hostile, 2)], {
        request: { ...request, percentiles: { layer: 'sigmoid1', unit: null } },
      }),
    );
    const svg = readMarkup(percentilesFigure(percentiles!)!.svg);
    assert.deepEqual(
      find(svg, 'text', 'panel-title').map(({ text }) => text),
      ['a, unit 0', 'b, unit 0', `${hostile}, unit 0`],
    );
    const bands = find(svg, 'path', 'band').map((band) => {
      const heights = points(band).map(([, y]) => y);
      return Math.max(...heights) - Math.min(...heights);
    });
    near(bands[1] / bands[0], 3, 0.05);
    near(bands[2] / bands[0], 2, 0.05);
  });
});

describe('a grid', () => {
  const axes = [
    { key: 'learningRate', values: ['0.1', '1'] },
    { key: 'deviation', values: ['0.01', '0.1', hostile] },
  ];
  const variants = [
    variantOf('a', [0.9]),
    variantOf('b', [0.5]),
    variantOf('c', [0.1]),
    variantOf('d', [], { ...diverged, stepsMade: 3 }),
    variantOf('e', [0.99]),
    variantOf(hostile, [0.2], { state: 'stopped' }),
  ];
  const cells = variants.map(({ variant }, index) => ({
    variant,
    at: [Math.floor(index / 3), index % 3],
  }));
  const report = describeReport(sourceOf(variants, { grids: [{ name: 'grid', axes, cells }] }));

  test('shows accuracy where a network trained, and by word or sign what else became of it', () => {
    const [group] = comparableGrids(report);
    const svg = readMarkup(gridFigure(report, group, 0).svg);
    const rectangles = find(svg, 'rect', 'cell');
    assert.equal(rectangles.length, 6);
    const kinds = rectangles.map(({ attributes }) => attributes.class.replace('cell ', ''));
    assert.equal(kinds[2], 'chance');
    assert.equal(kinds[3], 'diverged');
    assert.equal(kinds[4], 'level-9');
    assert.ok(Number(kinds[0].slice(6)) > Number(kinds[1].slice(6)), `${kinds}`);
    const words = ['on-low', 'on-high', 'on-plain'].flatMap((kind) => find(svg, 'text', kind));
    const at = ({ attributes }: Node) => Number(attributes.y) * 1000 + Number(attributes.x);
    assert.deepEqual(
      words.toSorted((a, b) => at(a) - at(b)).map(({ text }) => text),
      ['90.0', '50.0', 'chance', '✕', '99.0', '20.0…'],
    );
    assert.deepEqual(find(rectangles[5], 'title').map(textOf), [`${hostile}: unfinished, 20.00 %`]);
  });

  test('grids of the same axes share a figure, others do not', () => {
    const other = { name: 'other', axes: [axes[1], axes[0]], cells: [] };
    const twin = { name: 'twin', axes, cells: [] };
    const grids = [{ name: 'grid', axes, cells }, other, twin];
    const groups = comparableGrids(describeReport(sourceOf(variants, { grids })));
    assert.deepEqual(
      groups.map((group) => group.map(({ name }) => name)),
      [['grid', 'twin'], ['other']],
    );
  });
});
