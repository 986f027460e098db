/** Text as nobody friendly writes it, and what must hold of a page that shows it. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { DashboardPage, ModelPage } from './page.ts';

/** Sets a mark that no page has, in every way in which text could become a script. */
const markup =
  '"><script>window.broken=1</script><img src=x onerror="window.broken=1"><svg onload="window.broken=1"><iframe srcdoc="<script>parent.broken=1</script>"></iframe><style>body{display:none}</style><a href="javascript:window.broken=1">x</a>';

export const hostileTexts = {
  markup,
  'very long': 'w'.repeat(100_000),
  'very long, of many words': 'word '.repeat(20_000),
  'right to left': 'שכבה ראשונה של הרשת',
  'turned around': 'name\u202egnp.elif\u202c \u2066isolated \u2067never closed \u202e',
  'null and controls': 'a\u0000b\u0007c\u001bd\r\ne\u2028f\u200bg\ufeffh',
  'a prototype key': '__proto__',
  'half a pair': '\ud83d alone',
} as const;

/** Elements that no page makes, whatever a file says. */
const forbidden =
  'iframe, img, object, embed, form, base, meta[http-equiv], audio, video, link:not([rel="stylesheet"]), script:not([src]), style';

/** Height of a page beyond which some text has blown it up, CSS pixels. */
const tallest = 16_000;

/** That a page is unharmed where there is much room and where there is little. */
export async function assertAtEveryWidth(
  shown: DashboardPage | ModelPage,
  what: string,
  limits: { readonly most?: number } = {},
): Promise<void> {
  for (const width of [1280, 400]) {
    await shown.page.setViewportSize({ width, height: 900 });
    await shown.settled();
    await assertUnharmed(shown.page, `${what} at ${width}`, limits);
  }
}

/**
 * That nothing ran, nothing was injected, and the page is as wide as its window and no taller than is sensible, but for
 * one that is as long as what there is to read.
 */
async function assertUnharmed(
  page: Page,
  what: string,
  { most = tallest }: { readonly most?: number },
): Promise<void> {
  const found = await page.evaluate((selector) => {
    const roots: (Document | ShadowRoot)[] = [document];
    for (const each of document.querySelectorAll('*'))
      if (each.shadowRoot) roots.push(each.shadowRoot);
    const elements = roots.flatMap((root) => [...root.querySelectorAll('*')]);
    return {
      broken: 'broken' in window,
      injected: roots.flatMap((root) =>
        [...root.querySelectorAll(selector)].map((each) => each.outerHTML.slice(0, 80)),
      ),
      handlers: elements.flatMap((each) =>
        [...each.attributes].filter(({ name }) => name.startsWith('on')).map(({ name }) => name),
      ),
      links: elements
        .map((each) => each.getAttribute('href') ?? '')
        .filter((href) => href.startsWith('javascript:')),
      tooWide: document.documentElement.scrollWidth - innerWidth,
      height: document.documentElement.scrollHeight,
      polluted: Object.keys(Object.prototype),
    };
  }, forbidden);
  const { tooWide, height, ...rest } = found;
  assert.deepEqual(
    rest,
    { broken: false, injected: [], handlers: [], links: [], polluted: [] },
    what,
  );
  assert.ok(tooWide <= 0, `${what}: ${tooWide} pixels too wide`);
  assert.ok(height < most, `${what}: ${height} pixels tall`);
}
