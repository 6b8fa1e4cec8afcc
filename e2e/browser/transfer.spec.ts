import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Page } from 'playwright/test';
import { DEMO_USERS } from '../../src/provider/demo-users.ts';
import { expect, test } from '../fixtures.ts';
import { ProviderPage } from '../pages/provider-page.ts';
import { startServer } from '../support/program.ts';
import { startStack } from '../support/stack.ts';

const KB = 1000;
const gzipped = promisify(gzip);

/** Bytes that come over the network while a page loads, headers included, as the browser counts them. */
async function transferred(page: Page, url: string, { cold = false } = {}): Promise<number> {
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  if (cold) await network.send('Network.clearBrowserCache');
  let bytes = 0;
  network.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  // Counting starts and ends would not do: the browser does not report the end of everything that it has in memory.
  await page.goto(url, { waitUntil: 'networkidle' });
  await network.detach();
  return bytes;
}

/** Every kind of page, and the largest. */
const visits: readonly [name: string, paths: readonly string[]][] = [
  ['Alice Adams', ['/', '/profile', '/api-call', '/protected', '/admin', '/sessions']],
  [DEMO_USERS.at(-1)?.claims.name ?? '', ['/profile']],
];

test('a page is light at first, and lighter afterwards', async ({ page, redis }) => {
  const stack = await startStack({ redis });
  await stack.web.stop();
  const web = await startServer('web', { ...stack.env, NODE_ENV: 'production' });
  try {
    for (const [name, paths] of visits) {
      await page.context().clearCookies();
      await page.goto(`${stack.webUrl}/login`);
      await new ProviderPage(page).signInAs(name);
      await page.waitForURL(`${stack.webUrl}/`);
      for (const path of paths) {
        const first = await transferred(page, stack.webUrl + path, { cold: true });
        const then = await transferred(page, stack.webUrl + path);
        const what = `${path} of ${name}: ${first} bytes at first, then ${then}`;
        expect.soft(first > 5 * KB && first < 40 * KB, what).toBe(true);
        expect.soft(then > 1 * KB && then < 8 * KB, what).toBe(true);
      }
    }
    const styles = await page.request.get(`${stack.webUrl}/styles.css`);
    expect((await gzipped(await styles.body())).length).toBeLessThan(12 * KB);
  } finally {
    await web.stop();
    await stack.stop();
  }
});
