/** Pages for the tests of a file: closed after each test, and none may have had an error by then. */
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { type DashboardPage, type PageOptions, Stand } from './page.ts';

/** Call it once a file; the function it returns opens a page. */
export function pagesOfTests(): (options?: PageOptions) => Promise<DashboardPage> {
  let stand: Stand;
  const opened: DashboardPage[] = [];
  before(async () => {
    stand = await Stand.open();
  });
  after(() => stand.close());
  afterEach(async () => {
    for (const dashboard of opened.splice(0)) {
      assert.deepEqual(dashboard.errors, []);
      await dashboard.page.close();
    }
  });
  return async (options) => {
    const dashboard = await stand.page(options);
    opened.push(dashboard);
    return dashboard;
  };
}
