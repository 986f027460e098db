/** Pages for the tests of a file: closed after each test, and none may have had an error by then. */
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { type DashboardPage, type ModelPage, type PageOptions, Stand } from './page.ts';

/** Call it once a file; the function it returns opens a dashboard. */
export function pagesOfTests(): (options?: PageOptions) => Promise<DashboardPage> {
  return opener((stand, options) => stand.page(options));
}

/** The same for pages of a model. */
export function modelPagesOfTests(): (options?: PageOptions) => Promise<ModelPage> {
  return opener((stand, options) => stand.model(options));
}

function opener<P extends DashboardPage | ModelPage>(
  open: (stand: Stand, options?: PageOptions) => Promise<P>,
): (options?: PageOptions) => Promise<P> {
  let stand: Stand;
  const opened: P[] = [];
  before(async () => {
    stand = await Stand.open();
  });
  after(() => stand.close());
  afterEach(async () => {
    for (const { page, errors } of opened.splice(0)) {
      assert.deepEqual(errors, []);
      await page.close();
    }
  });
  return async (options) => {
    const page = await open(stand, options);
    opened.push(page);
    return page;
  };
}
