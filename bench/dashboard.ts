/**
 * Measures how the dashboard keeps up: a made-up run of ten variants with six layers each (a BN network's dense,
 * batchnorm and activation twice), frames at 20 Hz for some seconds. `node bench/dashboard.ts [SECONDS]`
 */
import { Feed } from '../test/webview-ui/feed.ts';
import { Stand } from '../test/webview-ui/page.ts';

const seconds = Number(process.argv[2] ?? 8);
const rate = 20;
const feed = new Feed({
  variants: Array.from({ length: 10 }, (_, index) =>
    index === 1 ? 'without-batchnorm' : `v${index}`,
  ),
  hiddenLayers: 2,
  steps: 1000,
});
const startRows = 600;
const perFrame = Math.max(1, Math.floor((feed.rowCount - startRows) / (seconds * rate)));

const stand = await Stand.open();
const dashboard = await stand.page({ width: 1280, height: 1000 });
const { page } = dashboard;
await dashboard.send({ type: 'snapshot', snapshot: feed.snapshot(startRows) });
// Times every callback of an animation frame and every message, and the distance between frames.
await page.evaluate(() => {
  const times: { script: number[]; message: number[]; gaps: number[] } = {
    script: [],
    message: [],
    gaps: [],
  };
  Object.assign(window, { times });
  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) =>
    request((now) => {
      const start = performance.now();
      callback(now);
      times.script.push(performance.now() - start);
    });
  let last = performance.now();
  const tick = (now: number) => {
    times.gaps.push(now - last);
    last = now;
    request(tick);
  };
  request(tick);
});
const frames = Array.from({ length: seconds * rate }, (_, index) => {
  const from = Math.min(feed.rowCount, startRows + index * perFrame);
  return feed.frame(from, Math.min(feed.rowCount, from + perFrame));
});
// Handed over before anything is measured: megabytes in one message hold up the page for longer than any frame of ours.
await page.evaluate((all) => Object.assign(window, { all }), frames);
/** Frames that the page has had since the last call; on a busy machine some are late without any work of ours. */
const takeTimes = () =>
  page.evaluate(() => {
    const { times } = window as unknown as { times: { script: number[]; gaps: number[] } };
    const taken = { script: [...times.script], gaps: [...times.gaps] };
    times.script.length = times.gaps.length = 0;
    return taken;
  });
await takeTimes();
await page.waitForTimeout(3000);
const idle = await takeTimes();
await page.evaluate(
  async ({ interval }) => {
    const { all } = window as unknown as { all: readonly unknown[] };
    const start = performance.now();
    for (const [index, frame] of all.entries()) {
      const wait = start + index * interval - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      window.postMessage({ type: 'frame', frame }, '*');
    }
  },
  { interval: 1000 / rate },
);
const times = await takeTimes();
await stand.close();

const quantile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
const line = (name: string, values: readonly number[]) =>
  console.log(
    `${name}: n ${values.length}, median ${quantile(values, 0.5).toFixed(1)} ms, 95 % ${quantile(values, 0.95).toFixed(1)} ms, largest ${Math.max(...values).toFixed(1)} ms`,
  );
const late = ({ gaps }: typeof times) =>
  `${gaps.filter((gap) => gap > 25).length} of ${gaps.length} frames later than 25 ms`;
line('script in a drawn frame', times.script);
line('between frames', times.gaps);
console.log(`${late(times)}; while nothing happened: ${late(idle)}`);
for (const error of dashboard.errors) console.error(error);
