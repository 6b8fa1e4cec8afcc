import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser } from 'playwright';
import { ProviderPage } from '../pages/provider-page.ts';
import { makeCertificate } from '../support/certificate.ts';
import { isOnPath, launchChromium } from '../support/find-tools.ts';
import { startNginx } from '../support/load-balancer.ts';
import { freePorts } from '../support/ports.ts';
import { startTokenApp } from '../support/token-app.ts';
import { giveTokensOf } from '../support/tokens-of-size.ts';

/** The documentation's blocks: a server, and lines for large headers. */
const BLOCKS = readFileSync('docs/operations.md', 'utf8').matchAll(/```nginx\r?\n(.+?)```/gs);
const [SERVER = '', LARGE_HEADERS = ''] = [...BLOCKS].map(([, lines = '']) => lines);

/** The documented server with a test's addresses and files. */
function serverWith(more: string, changes: Readonly<Record<string, string>>): string {
  const named = Object.entries(changes).reduce((lines, [theirs, ours]) => {
    assert.ok(lines.includes(theirs), theirs);
    return lines.replaceAll(theirs, ours);
  }, SERVER);
  return named.replace(/\}\s*$/, `${more}}`);
}

describe('behind nginx as it is documented', { skip: !isOnPath('nginx') && 'nginx is not on this machine' }, () => {
  const certificate = makeCertificate();
  let browser: Browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  /** Starts the app with sessions in cookies, nginx in front of it, and a browser. `more`: lines for nginx. */
  async function start(t: TestContext, more = '') {
    const [port = 0] = await freePorts(1);
    const origin = `https://localhost:${port}`;
    const app = await startTokenApp({ AUTH0_REDIRECT_URI: `${origin}/callback`, TRUST_PROXY: '1' });
    t.after(() => app.stop());
    const lines = serverWith(more, {
      '127.0.0.1:5000': `127.0.0.1:${new URL(app.url).port}`,
      'listen 443': `listen 127.0.0.1:${port}`,
      'app.example.com;': 'localhost;',
      '/etc/ssl/certs/app.example.com.pem': certificate.certificate,
      '/etc/ssl/private/app.example.com.key': certificate.key,
    });
    const nginx = await startNginx(lines, port);
    t.after(() => nginx.stop());
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    t.after(() => context.close());
    return { origin, app, context, page: await context.newPage() };
  }

  it('alice signs in and out by HTTP/2, and her cookies are for this host and https alone', async (t) => {
    const { origin, context, page } = await start(t);
    await page.goto(`${origin}/profile?a=1`);
    await new ProviderPage(page).signInAs('Alice');
    await page.waitForURL(`${origin}/profile?a=1`);
    const protocol = await page.evaluate('performance.getEntriesByType("navigation")[0].nextHopProtocol');
    assert.equal(protocol, 'h2');
    const ours = async () => (await context.cookies(origin)).filter(({ name }) => name.includes('gatehouse'));
    const cookies = await ours();
    assert.equal(cookies.length, 1);
    for (const { name, secure, httpOnly } of cookies) {
      assert.match(name, /^__Host-/);
      assert.ok(secure && httpOnly);
    }
    await page.getByRole('link', { name: 'Sign out' }).click();
    await page.waitForURL(`${origin}/`);
    assert.deepEqual(await ours(), []);
  });

  for (const [more, title] of [
    ['', /^502 Bad Gateway/],
    [LARGE_HEADERS, /^Your profile/],
  ] as const) {
    it(`a login of 10 kB ${more ? 'passes with the lines for large headers' : 'is too large for it'}`, async (t) => {
      const { origin, app, page } = await start(t, more);
      giveTokensOf(app, { id: 6000, access: 5000, refresh: 3000 });
      await page.goto(`${origin}/profile`);
      await new ProviderPage(page).signInAs('Alice');
      await page.waitForURL((url) => url.origin === origin);
      assert.match(await page.title(), title);
    });
  }
});
