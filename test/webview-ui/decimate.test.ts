import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Area,
  bandPolygons,
  markedRows,
  placeX,
  placeY,
  traceLine,
} from '../../webview-ui/decimate.ts';
import type { Samples } from '../../webview-ui/samples.ts';

const area: Area = {
  ...{ left: 10, top: 5, width: 60, height: 100 },
  ...{ fromStep: 0, toStep: 1000, min: -10, max: 10, log: false, ratio: 1 },
};

function samplesOf(values: readonly number[], every = 1): Samples {
  return {
    count: values.length,
    steps: values.map((_, index) => index * every),
    mid: values,
    low: values.map((value) => value - 1),
    high: values.map((value) => value + 1),
    firstNonFinite: -1,
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The strokes that a line is drawn with. */
function strokes(samples: Samples, from = 0): Point[][] {
  const drawn: Point[][] = [];
  const pen = {
    moveTo: (x: number, y: number) => void drawn.push([{ x, y }]),
    lineTo: (x: number, y: number) => void drawn.at(-1)!.push({ x, y }),
  };
  traceLine(area, samples, samples.mid, pen, from);
  return drawn;
}

const values = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: fc.double({ min: -9, max: 9, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY) },
  ),
  { minLength: 1, maxLength: 1000 },
);

test('no pixel column loses its extremes or has more points than it needs', () => {
  fc.assert(
    fc.property(values, (each) => {
      const samples = samplesOf(each);
      const columns = Map.groupBy(strokes(samples).flat(), ({ x }) => x);
      const rows = each.map((value, step) => ({ value, x: Math.round(placeX(area, step)) }));
      for (const [x, inColumn] of Map.groupBy(rows, (row) => row.x)) {
        const finite = inColumn.filter(({ value }) => Number.isFinite(value));
        if (finite.length === 0) continue;
        const expected = finite.map(({ value }) => placeY(area, value));
        const drawn = columns.get(x)!.map(({ y }) => y);
        assert.equal(Math.min(...drawn), Math.min(...expected));
        assert.equal(Math.max(...drawn), Math.max(...expected));
        const gaps = inColumn.length - finite.length;
        assert.ok(drawn.length <= 4 * (gaps + 1));
      }
    }),
  );
});

test('values that are not finite leave a gap', () => {
  const gap = samplesOf([1, 2, Number.NaN, 3, Number.NEGATIVE_INFINITY, 4], 100);
  const ends = strokes(gap).map((stroke) => [stroke[0].x, stroke.at(-1)!.x]);
  assert.deepEqual(ends, [
    [10, 16],
    [28, 28],
    [40, 40],
  ]);
  assert.equal(bandPolygons(area, gap).length, 3);
});

test('a line drawn from some pixel on is the same there as the whole line', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 60 }), (each, from) => {
      const samples = samplesOf(each);
      const after = (all: Point[][]) => all.flat().filter(({ x }) => x >= area.left + from);
      assert.deepEqual(after(strokes(samples, from)), after(strokes(samples)));
    }),
  );
});

test('a band drawn from some pixel on is the same there as the whole band', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 60 }), (each, from) => {
      const samples = samplesOf(each);
      const after = (start: number) =>
        bandPolygons(area, samples, start)
          .flat()
          .filter(({ x }) => x >= area.left + from);
      assert.deepEqual(after(from), after(0));
    }),
  );
});

test('on a logarithmic axis zero and negative values lie on the lower edge', () => {
  const log: Area = { ...area, min: 0.01, max: 100, log: true };
  assert.equal(placeY(log, 0), area.top + area.height);
  assert.equal(placeY(log, -5), area.top + area.height);
  assert.equal(placeY(log, 1), area.top + area.height / 2);
});

test('marks stand still while rows arrive', () => {
  const all = Array.from({ length: 1000 }, (_, index) => Math.sin(index / 50));
  const before = markedRows(area, samplesOf(all.slice(0, 500)), 8, 3);
  const after = markedRows(area, samplesOf(all), 8, 3);
  assert.deepEqual(after.slice(0, before.length - 1), before.slice(0, -1));
  assert.equal(before.at(-1), 499);
});
