/** The picture of figure 1 for the README, which an extension's page shows as PNG only, from the report's drawings. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findBrowser } from './browser.ts';
import { repository } from './install.ts';

const results = join(repository, 'examples', 'paper', 'results', '1-activations');
const picture = join(repository, 'extension', 'media', 'figure-1.png');

const drawings = await Promise.all(
  ['curves', 'percentiles'].map((name) => readFile(join(results, `report-${name}.svg`), 'base64')),
);
const browser = await chromium.launch(await findBrowser());
const page = await browser.newPage({ viewport: { width: 900, height: 600 }, colorScheme: 'light' });
await page.setContent(
  `<body style="margin: 16px; background: white">${drawings
    .map(
      (svg) => `<img src="data:image/svg+xml;base64,${svg}" style="display: block; width: 100%">`,
    )
    .join('')}</body>`,
);
await page.screenshot({ path: picture, fullPage: true });
await browser.close();
console.log(`Figure 1 is in ${picture}`);
