import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { composeReport } from '../../sidecar/report/compose.ts';
import { describeReport } from '../../sidecar/report/describe.ts';
import { reportFiles } from '../../sidecar/report/files.ts';
import { renderBody } from '../../sidecar/report/html.ts';
import type { ReportSource } from '../../sidecar/report/source.ts';
import { find, readMarkup, textOf } from './markup-reader.ts';
import { diverged, probeOf, request, sourceOf, variantOf } from './runs.ts';

const hostile = '<img src=x onerror=alert(1)>"\'&|`*_[a](javascript:b)\u0000\ud800';
/** What is left of it once it has been through a document. */
const shown = hostile.replace('\u0000', '\ufffd').replace('\ud800', '\ufffd');

/** Every name and sentence of it is hostile. */
function hostileSource(): ReportSource {
  const probes = [100, 200].map((step) => probeOf(step, [[-1], [0], [1]]));
  const finding = {
    kind: 'saturation' as const,
    layer: hostile,
    step: 100,
    severity: 'warning' as const,
    title: hostile,
    measured: hostile,
    matters: hostile,
    remedy: hostile,
    reference: { title: hostile, url: 'javascript:alert(1)' },
  };
  const population = {
    moving: { loss: 1, accuracy: 0.5 },
    exact: { loss: 0.9, accuracy: 0.6 },
    layers: [{ layer: hostile, mean: 0.1, deviation: 1.2 }],
  };
  const variants = [
    variantOf(hostile, [0.5, 0.9], {
      probes,
      findings: [finding],
      events: [{ step: 50, action: { kind: 'pause' }, effect: hostile }],
      population,
      note: hostile,
      error: hostile,
    }),
    variantOf('cell', [0.8, 0.9]),
  ];
  const source = sourceOf(variants);
  return {
    ...source,
    name: hostile,
    file: { name: hostile, text: `${hostile}\n\`\`\`\n</code></pre>`, sha256: hostile },
    command: hostile,
    versions: { [hostile]: hostile },
    data: { ...source.data, name: hostile },
    grids: [
      {
        name: hostile,
        axes: [
          { key: hostile, values: [hostile] },
          { key: 'seed', values: [hostile] },
        ],
        cells: [{ variant: 'cell', at: [0, 0] }],
      },
      {
        name: `${hostile} again`,
        axes: [{ key: hostile, values: [hostile] }],
        cells: [{ variant: 'cell', at: [0] }],
      },
    ],
    request: {
      ...request,
      title: hostile,
      baseline: hostile,
      percentiles: { layer: 'sigmoid1', unit: 0 },
      published: [{ variant: hostile, label: hostile, steps: 1000, accuracy: 0.5 }],
    },
    ensemble: {
      members: [{ variant: hostile, loss: 1, accuracy: 0.5 }],
      whole: { loss: 1, accuracy: 0.5 },
    },
  };
}

describe('a report’s files', () => {
  const files = reportFiles(describeReport(hostileSource()));

  test('are Markdown, JSON, HTML and one file a figure', () => {
    assert.deepEqual(Object.keys(files).sort(), [
      'report-curves.svg',
      'report-grid-1.svg',
      'report-percentiles.svg',
      'report.html',
      'report.json',
      'report.md',
    ]);
    for (const [name, text] of Object.entries(files)) {
      assert.doesNotMatch(text, /NaN|Infinity|undefined|\[object/, name);
      assert.ok(text.endsWith('\n'), name);
    }
  });

  test('no name of a run becomes markup in HTML', () => {
    const body = readMarkup(renderBody(composeReport(describeReport(hostileSource()))));
    assert.equal(
      find(body, 'img').length + find(body, 'script').length + find(body, 'a').length,
      0,
    );
    assert.equal(textOf(find(body, 'h1')[0]), shown);
    assert.ok(find(body, 'th').some((cell) => cell.text === shown));
    const allowed =
      /^(h[12]|p|ul|li|code|pre|table|caption|thead|tbody|tr|t[hd]|div|details|summary|figure|svg|title|desc|rect|path|text|g|clipPath)$/;
    for (const tag of files['report.html']
      .slice(files['report.html'].indexOf('<article'))
      .matchAll(/<([a-zA-Z]+)/g)) {
      assert.match(tag[1], /^article$|/.test(tag[1]) ? /./ : allowed);
    }
  });

  test('the page needs nothing from elsewhere and runs nothing', () => {
    const page = files['report.html'];
    assert.match(
      page,
      /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/,
    );
    assert.doesNotMatch(page, /<script|<link|<img|\ssrc="|url\((?!#)|@import/);
    assert.match(page, /prefers-color-scheme: dark/);
    assert.match(page, /@media print/);
  });

  test('every figure is well-formed by itself, named, and brings its colours', () => {
    for (const [name, text] of Object.entries(files).filter(([name]) => name.endsWith('.svg'))) {
      const svg = readMarkup(text.trimEnd());
      assert.equal(svg.attributes.xmlns, 'http://www.w3.org/2000/svg', name);
      const [title, desc] = svg.attributes['aria-labelledby'].split(' ');
      assert.equal(find(svg, 'title')[0].attributes.id, title);
      assert.equal(find(svg, 'desc')[0].attributes.id, desc);
      assert.match(find(svg, 'style')[0].text, /--bn-surface/);
      assert.doesNotMatch(text, /\sstyle="/);
    }
  });

  test('a page with all figures has no id twice', () => {
    const ids = [...files['report.html'].matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    assert.ok(ids.length > 4);
    assert.deepEqual([...new Set(ids)], ids);
  });

  test('no name of a run becomes markup in Markdown', () => {
    const markdown = files['report.md'];
    // Outside of code, every character with a meaning stands behind a backslash or as an entity.
    assert.doesNotMatch(markdown.match(/<summary>.*<\/summary>/)![0], /<img/);
    const outside = markdown
      .replace(/<summary>.*<\/summary>/g, '')
      .replace(/\\[\\`]/g, '')
      .replace(/^(`{3,})yaml\n[\s\S]*?\n\1$/gm, '')
      .replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
    assert.doesNotMatch(outside, /<img|[^\\]\[a\]|[^\\]`/);
    for (const line of outside.split('\n').filter((each) => each.startsWith('|'))) {
      assert.match(line, /^\|.*\|$/);
    }
    const tables = outside
      .split(/\n\n/)
      .map((block) => block.split('\n'))
      .filter((lines) => lines.some((line) => line.startsWith('| ---')));
    assert.ok(tables.length > 3);
    for (const lines of tables) {
      const widths = lines
        .filter((line) => line.startsWith('|'))
        .map((line) => line.replace(/\\\|/g, '').split('|').length);
      assert.deepEqual(new Set(widths).size, 1, lines.join('\n'));
    }
    assert.match(markdown, /^````yaml\n/m);
    assert.match(markdown, /!\[.*\]\(report-curves\.svg\)/);
  });

  test('JSON is the report, read back as it was', () => {
    const report = describeReport(sourceOf([variantOf('base', [0.5, null])]));
    assert.deepEqual(JSON.parse(reportFiles(report)['report.json']), report);
  });

  test('the same run gives the same bytes', () => {
    assert.deepEqual(reportFiles(describeReport(hostileSource())), files);
  });
});

test('a report of one variant, and of one without an evaluation, can be read', () => {
  for (const variant of [
    variantOf('base', [0.5, 0.6]),
    variantOf('base', [], { state: 'queued', stepsMade: 0 }),
    variantOf('base', [null], { ...diverged, stepsMade: 1, error: 'Step 1: found NaN.' }),
  ]) {
    const files = reportFiles(describeReport(sourceOf([variant])));
    assert.match(files['report.md'], /One network trained on 60,000 examples/);
    assert.match(files['report.md'], /SHA-256 `ab12`/);
    assert.doesNotMatch(files['report.md'], /NaN(?!\.)|undefined/);
  }
});

test('findings, changes by hand and published figures are told', () => {
  const report = describeReport(
    sourceOf(
      [
        variantOf('base', [0.5, 0.6], {
          events: [{ step: 150, action: { kind: 'pause' }, effect: 'Paused at step 150.' }],
          findings: [
            {
              kind: 'saturation',
              layer: 'sigmoid1',
              step: 100,
              severity: 'warning',
              title: 'sigmoid1 is saturated',
              measured: '80 % of its inputs lie where it is flat.',
              matters: 'Little gets through.',
              remedy: 'Put a batchnorm before it.',
              reference: { title: 'Section 2', url: 'https://arxiv.org/abs/1502.03167' },
            },
          ],
        }),
        variantOf('fast', [0.6, 0.7]),
      ],
      {
        request: {
          ...request,
          baseline: 'base',
          published: [{ variant: 'fast', label: 'BN-x5', steps: 2_100_000, accuracy: 0.73 }],
        },
      },
    ),
  );
  const markdown = reportFiles(report)['report.md'];
  assert.match(markdown, /base, step 150: Paused at step 150\./);
  assert.match(markdown, /Somebody paused/);
  assert.match(markdown, /sigmoid1 is saturated\. 80 % .* Little gets through\. Put a batchnorm/);
  assert.match(markdown, /\[Section 2\]\(<https:\/\/arxiv\.org\/abs\/1502\.03167>\)/);
  assert.match(markdown, /\| fast \| 100 \| 2× \| 70\.00 % \| BN-x5 \| 2\.1M \| – \| 73\.0 % \|/);
});

test('a grid of seeds alone needs no table of its own, one of rates has it', () => {
  const grid = (key: string) => ({
    name: 'grid',
    axes: [{ key, values: ['7', '8'] }],
    cells: [{ variant: 'a', at: [1] }],
  });
  const markdown = (key: string) => {
    const source = sourceOf([variantOf('a', [0.5])], { grids: [grid(key)] });
    return reportFiles(describeReport(source))['report.md'];
  };
  assert.doesNotMatch(markdown('seed'), /What trains/);
  assert.match(markdown('learningRate'), /\| learningRate \| final accuracy \| outcome \|/);
  assert.match(markdown('learningRate'), /\| 8 \| 50\.00 % \| trained \|/);
});

test('evaluations asked for in between leave the distance of the others as it was', () => {
  const evaluations = variantOf('base', [0.5, 0.6, 0.7]).evaluations;
  const asked = [evaluations[0], evaluations[0], ...evaluations.slice(1)];
  const source = sourceOf([variantOf('base', [], { evaluations: asked })], {
    request: { ...request, baseline: 'base' },
  });
  const markdown = reportFiles(describeReport(source))['report.md'];
  assert.match(markdown, /the evaluations do, which are 100 steps apart/);
});

test('a regression’s report speaks of losses, not of accuracies', () => {
  const losses = (variant: string, testLoss: number) => {
    const score = { loss: testLoss, accuracy: null };
    const step = { step: 100, testLoss, testAccuracy: null };
    return variantOf(variant, [], {
      evaluations: [{ ...step, validationLoss: null, validationAccuracy: null }],
      final: score,
      stepsMade: 100,
      population: {
        moving: score,
        exact: score,
        layers: [{ layer: 'batchnorm1', mean: 0.1, deviation: 1 }],
      },
    });
  };
  const { data } = sourceOf([]);
  const axes = [
    { key: 'learningRate', values: ['0.1'] },
    { key: 'deviation', values: ['1'] },
  ];
  const report = describeReport(
    sourceOf([losses('base', 0.5), losses('cell', 0.25)], {
      data: { ...data, commonest: null },
      grids: [{ name: 'grid', axes, cells: [{ variant: 'cell', at: [0, 0] }] }],
    }),
  );
  const files = reportFiles(report);
  const [text] = files['report.md'].split('<details><summary>net.bn.yaml');
  assert.doesNotMatch(text, /accurac|chance|percent|class/i);
  assert.match(text, /!\[Final test loss by learningRate and deviation: grid\]/);
  assert.match(files['report-grid-1.svg'], /<title>cell: trained, loss 0\.250<\/title>/);
  assert.doesNotMatch(files['report-grid-1.svg'].replace(/<style>.*<\/style>/s, ''), /accurac/);
});
