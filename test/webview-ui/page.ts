/**
 * The dashboard and the page of a model in a headless browser, in a page like VS Code's webview: the same strict content
 * security policy, the theme's tokens on the document, and a host that keeps what was posted and saved.
 */
import { basename } from 'node:path';
import { type BuildResult, build } from 'esbuild';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { FromDashboard, ToDashboard } from '../../sidecar/protocol/dashboard.ts';
import type { FromModelEditor, ToModelEditor } from '../../sidecar/protocol/model-editor.ts';
import { findBrowser } from '../vscode/browser.ts';
import { type ThemeName, type ThemeTokens, themes } from './themes.ts';

const origin = 'http://webview.test';

const policy = `default-src 'none'; style-src ${origin}; script-src ${origin}; font-src ${origin}`;

/** The pages, by the name of their bundle. */
const entries = { dashboard: 'webview-ui/main.ts', model: 'webview-ui/model/main.ts' };

const markup = (name: string) => `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Dashboard</title><link rel="stylesheet" href="${name}.css"></head>
<body><div id="root"></div><script src="host.js"></script><script src="${name}.js"></script></body>
</html>`;

/** Plays VS Code's side; what was saved outlives a reload, as it does there. Counts the frames that are asked for. */
const hostScript = `
window.framesAsked = 0;
const request = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (draw) => {
  window.framesAsked++;
  return request((now) => {
    draw(now);
    window.framesAsked--;
  });
};
window.posted = [];
window.acquireVsCodeApi = () => {
  delete window.acquireVsCodeApi;
  return {
    postMessage: (message) => window.posted.push(message),
    getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
    setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
  };
};`;

export interface PageOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
}

type Files = ReadonlyMap<string, { readonly body: string; readonly contentType: string }>;

/** One browser for all pages of a test file. */
export class Stand {
  readonly #browser: Browser;
  readonly #files: Files;
  #contexts: BrowserContext[] = [];

  static async open(): Promise<Stand> {
    const [browser, files] = await Promise.all([
      findBrowser().then((found) => chromium.launch(found)),
      bundle(),
    ]);
    return new Stand(browser, files);
  }

  private constructor(browser: Browser, files: Files) {
    this.#browser = browser;
    this.#files = files;
  }

  /** A fresh dashboard that has said it is ready. */
  page(options: PageOptions = {}): Promise<DashboardPage> {
    return this.#open('dashboard', options);
  }

  /** A fresh page of a model that has said it is ready. */
  model(options: PageOptions = {}): Promise<ModelPage> {
    return this.#open('model', options);
  }

  async #open<To, From extends { readonly type: string }>(
    name: keyof typeof entries,
    options: PageOptions,
  ): Promise<WebviewPage<To, From>> {
    const { theme = 'dark', width = 1100, height = 900 } = options;
    const context = await this.#browser.newContext({ viewport: { width, height } });
    this.#contexts.push(context);
    const page = await context.newPage();
    await page.route(`${origin}/**`, (route) => {
      const path = new URL(route.request().url()).pathname.slice(1);
      const file = this.#files.get(path);
      return file
        ? route.fulfill({ ...file, headers: { 'content-security-policy': policy } })
        : route.abort();
    });
    await page.addInitScript(applyTheme, themes[theme] as ThemeTokens);
    const opened = new WebviewPage<To, From>(page, name);
    await opened.load();
    return opened;
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) await context.close();
    await this.#browser.close();
  }
}

export type DashboardPage = WebviewPage<ToDashboard, FromDashboard>;
export type ModelPage = WebviewPage<ToModelEditor, FromModelEditor>;

export class WebviewPage<To, From extends { readonly type: string }> {
  readonly page: Page;
  readonly #name: string;
  /** Errors that the page has logged or thrown; a violation of the policy is one. */
  readonly errors: string[] = [];

  constructor(page: Page, name: string) {
    this.page = page;
    this.#name = name;
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.errors.push(message.text());
    });
  }

  async load(): Promise<void> {
    await this.page.goto(`${origin}/${this.#name}.html`);
    await this.page.waitForFunction(() => posted.some(({ type }) => type === 'ready'));
  }

  /** Sends a message and waits until all that it changes is drawn. */
  async send(message: To): Promise<void> {
    await this.page.evaluate((data: unknown) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      addEventListener('message', () => resolve(), { once: true });
      window.postMessage(data, '*');
      return promise;
    }, message as unknown);
    await this.settled();
  }

  /** Waits until observers have had their say in a frame and nothing asks for another one. */
  async settled(): Promise<void> {
    await this.page.evaluate(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      for (let quiet = 0; quiet < 3; quiet = framesAsked === 0 ? quiet + 1 : 0) await frame();
    });
  }

  async setTheme(theme: ThemeName): Promise<void> {
    await this.page.evaluate(applyTheme, themes[theme] as ThemeTokens);
  }

  /** What the page has asked for; that it wants its layout remembered says nothing of its own. */
  posted(): Promise<From[]> {
    return this.page.evaluate(
      () => posted.filter(({ type }) => type !== 'remember') as unknown[] as From[],
    );
  }
}

declare const posted: { readonly type: string }[];
declare const framesAsked: number;

/** Runs in the page: sets tokens and classes as VS Code does, as soon as there is a body. */
function applyTheme({ classes, tokens }: ThemeTokens): void {
  const apply = () => {
    const { style } = document.documentElement;
    for (const name of [...style]) style.removeProperty(name);
    for (const [name, value] of Object.entries(tokens)) style.setProperty(name, value);
    style.setProperty('--vscode-font-family', 'system-ui, "Ubuntu", "Droid Sans", sans-serif');
    style.setProperty('--vscode-font-size', '13px');
    document.body.className = classes;
  };
  if (document.body) apply();
  else {
    const observer = new MutationObserver(() => {
      if (!document.body) return;
      observer.disconnect();
      apply();
    });
    observer.observe(document, { childList: true, subtree: true });
  }
}

async function bundle(): Promise<Files> {
  const result: BuildResult<{ write: false }> = await build({
    entryPoints: entries,
    absWorkingDir: new URL('../..', import.meta.url).pathname,
    bundle: true,
    write: false,
    outdir: 'unused',
    target: 'es2022',
    logLevel: 'error',
  });
  const files = new Map([['host.js', { body: hostScript, contentType: 'text/javascript' }]]);
  for (const name of Object.keys(entries))
    files.set(`${name}.html`, { body: markup(name), contentType: 'text/html' });
  for (const { path, text } of result.outputFiles) {
    const contentType = path.endsWith('.css') ? 'text/css' : 'text/javascript';
    files.set(basename(path), { body: text, contentType });
  }
  return files;
}
