/**
 * Takes pictures of the dashboard with a made-up run, to be looked at while designing:
 * `node test/webview-ui/preview.ts FOLDER` writes one PNG for every theme and width.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Feed } from './feed.ts';
import { Stand } from './page.ts';
import type { ThemeName } from './themes.ts';

const folder = process.argv[2] ?? 'dashboard-previews';
mkdirSync(folder, { recursive: true });

const two = new Feed();
const ten = new Feed({
  variants: [
    'base',
    'without-batchnorm',
    ...Array.from({ length: 8 }, (_, index) => `lr-x${index + 2}`),
  ],
});

interface Picture {
  readonly name: string;
  readonly theme: ThemeName;
  readonly width: number;
  readonly height: number;
  readonly feed: Feed;
  readonly rows: number;
}

const pictures: readonly Picture[] = [
  { name: 'dark-wide', theme: 'dark', width: 1280, height: 1000, feed: two, rows: 620 },
  { name: 'light-wide', theme: 'light', width: 1280, height: 1000, feed: two, rows: 620 },
  { name: 'hc-wide', theme: 'high-contrast', width: 1280, height: 1000, feed: two, rows: 620 },
  {
    name: 'hc-light-wide',
    theme: 'high-contrast-light',
    width: 1280,
    height: 1000,
    feed: two,
    rows: 1000,
  },
  { name: 'dark-beside', theme: 'dark', width: 700, height: 1000, feed: two, rows: 620 },
  { name: 'light-narrow', theme: 'light', width: 400, height: 1000, feed: two, rows: 620 },
  { name: 'dark-ten', theme: 'dark', width: 1280, height: 1000, feed: ten, rows: 800 },
  { name: 'light-ten-narrow', theme: 'light', width: 400, height: 1000, feed: ten, rows: 800 },
  { name: 'dark-beside-ten', theme: 'dark', width: 700, height: 1000, feed: ten, rows: 800 },
];

const stand = await Stand.open();
for (const { name, theme, width, height, feed, rows } of pictures) {
  const dashboard = await stand.page({ theme, width, height });
  await dashboard.send({ type: 'snapshot', snapshot: feed.snapshot(rows) });
  await dashboard.send({ type: 'highlight', layer: 'batchnorm1' });
  await dashboard.page
    .locator('.plot')
    .nth(4)
    .hover({ position: { x: Math.min(260, width / 4), y: 50 } });
  await dashboard.send({ type: 'frame', frame: feed.frame(rows, rows) });
  await dashboard.page.screenshot({ path: join(folder, `${name}.png`) });
  for (const error of dashboard.errors) console.error(`${name}: ${error}`);
}

for (const [theme, width] of [
  ['dark', 1280],
  ['light', 400],
  ['high-contrast', 700],
] as const) {
  const dashboard = await stand.page({ theme, width, height: 700 });
  const { run, variants } = two.snapshot(620);
  const note = 'Ended at step 618 of 2000: the weights of step 500 are kept.';
  const error = 'loss is not finite at step 600: dense2 has NaN; a smaller learningRate would do.';
  const ended = [
    { ...run.variants[0], state: 'finished' as const, note },
    { ...run.variants[1], state: 'failed' as const, error },
  ];
  const saveError = '/work/runs/mnist/001: expected a folder that can be written, found: a file.';
  const snapshot = { run: { ...run, variants: ended, saveError }, variants };
  await dashboard.send({ type: 'snapshot', snapshot });
  await dashboard.page.screenshot({ path: join(folder, `ended-${theme}-${width}.png`) });
}
await stand.close();
