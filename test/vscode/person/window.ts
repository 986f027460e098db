/** A window of VS Code with the packaged extension, used by mouse and keyboard like a person does. */
import {
  type BrowserContextOptions,
  chromium,
  type Frame,
  type Locator,
  type Page,
} from 'playwright-core';
import { findBrowser } from '../browser.ts';
import { type Profile, startEditor } from '../server.ts';
import { until } from '../until.ts';

export class Window {
  readonly page: Page;
  readonly #close: () => Promise<void>;

  private constructor(page: Page, close: () => Promise<void>) {
    this.page = page;
    this.#close = close;
  }

  /** Opens a folder. `options` go to the editor's command line, `look` to the browser. */
  static async open(
    profile: Profile,
    folder: string,
    options: readonly string[],
    look: BrowserContextOptions = {},
  ): Promise<Window> {
    const server = await startEditor(profile, ...options);
    const browser = await chromium.launch(await findBrowser());
    const page = await browser.newPage({ viewport: { width: 1500, height: 900 }, ...look });
    page.setDefaultTimeout(20_000);
    await page.goto(`http://${server.address}/?folder=${encodeURIComponent(folder)}`);
    await page.locator('.monaco-workbench').waitFor();
    return new Window(page, async () => {
      await browser.close();
      await server.stop();
    });
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** Opens a file by a double click in the explorer. */
  async openFile(name: string): Promise<void> {
    await this.page.getByRole('treeitem', { name, exact: false }).first().dblclick();
    await this.page
      .locator('.editor-group-container.active .tab.active', { hasText: name })
      .waitFor();
  }

  /** Chooses a command in the palette by its full name. */
  async command(name: string): Promise<void> {
    // The palette lists what was there when it was opened; a window that just came up adds to it for a while.
    await until(`the command ${name}`, async () => {
      const row = (await this.palette(name)).filter({ hasText: name }).first();
      const chosen = await row.click({ timeout: 2000 }).then(
        () => true,
        () => false,
      );
      if (!chosen) await this.page.keyboard.press('Escape');
      return chosen;
    });
  }

  /** Opens the palette, filtered; leaves it open. */
  async palette(text: string): Promise<Locator> {
    const input = this.page.locator('.quick-input-widget input.input');
    // Whatever takes the focus closes the palette, and an editor that just opened may do so late.
    await until('the palette', async () => {
      await this.page.keyboard.press('F1');
      return input.fill(`>${text}`, { timeout: 2000 }).then(
        () => true,
        () => false,
      );
    });
    return this.page.locator('.quick-input-list .monaco-list-row');
  }

  lens(title: RegExp | string): Locator {
    return this.page.locator('.codelens-decoration a', { hasText: title }).first();
  }

  /** The item of the extension in the status bar. */
  status(text: RegExp | string): Locator {
    return this.page.locator('#batchnorm-lab\\.batchnorm-lab\\.batchnorm\\.status', {
      hasText: text,
    });
  }

  notification(text: RegExp | string): Locator {
    return this.page.locator('.notification-toast', { hasText: text }).first();
  }

  /** The line of a layer in the open file. */
  layerLine(kind: string): Locator {
    return this.page.locator('.view-line', { hasText: new RegExp(`-\\s${kind}`) }).first();
  }

  /** The text of the hover over a layer's kind, once it has some. */
  async hover(kind: string): Promise<string> {
    const { mouse } = this.page;
    // Away first: a hover that is already open would not be asked for again.
    await mouse.move(5, 5);
    const hover = this.page.locator('.monaco-editor .monaco-hover:not(.hidden)').first();
    await hover.waitFor({ state: 'hidden' });
    const word = this.layerLine(kind).locator('span', { hasText: new RegExp(`^${kind}$`) });
    // By coordinates: live notes draw the line anew all the time, and the element would be gone before it is reached.
    const box = await until(`the word ${kind}`, () => word.last().boundingBox());
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await mouse.move(x, y, { steps: 5 });
    // A hand is never quite still, and a line that is drawn anew under it takes the movement to be noticed.
    let aside = 0;
    await until(`a hover on ${kind}`, async () => {
      aside = 3 - aside;
      await mouse.move(x + aside, y);
      return hover.waitFor({ timeout: 1000 }).then(
        () => true,
        () => false,
      );
    });
    return (await hover.textContent()) ?? '';
  }

  /** The page inside the dashboard, when it has drawn something. */
  dashboard(): Promise<Frame> {
    return until('a dashboard', async () => {
      for (const frame of this.page.frames())
        if (frame.url().includes('fake.html') && (await frame.locator('h1').count()) > 0)
          return frame;
      return undefined;
    });
  }

  /** The page that shows a model of this name, or why it cannot. */
  model(name: string): Promise<Frame> {
    return until(`a page of ${name}`, async () => {
      for (const frame of this.page.frames()) {
        if (!frame.url().includes('fake.html')) continue;
        const heading = frame.locator('h1', { hasText: name });
        if ((await heading.count().catch(() => 0)) > 0) return frame;
      }
      return undefined;
    });
  }

  /** Takes an item of the list that is open, of which only what is in sight exists, so that it is looked for. */
  async pick(label: string): Promise<void> {
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first();
    await this.page.locator('.quick-input-widget input.input').fill(label);
    await row.click();
  }

  /** Takes the name that a dialog proposes, or another in its place, and replaces a file that has it. */
  async saveAs(path: string, proposed = path): Promise<void> {
    const input = this.page.locator('.quick-input-widget input.input');
    await until(
      `the proposed name ${proposed}`,
      async () => (await input.inputValue()) === proposed,
    );
    if (path !== proposed) await input.fill(path);
    await this.page.keyboard.press('Enter');
  }
}
