import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright';
import { ProviderPage } from '../pages/provider-page.ts';
import { launchChromium } from '../support/find-tools.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startServer } from '../support/program.ts';
import { clientEnv } from '../support/client-env.ts';

/** To a browser, the provider is on another site than the app: `127.0.0.1` is not `localhost`. */
describe('a provider that sends people back by a form (Apple)', () => {
  let provider: Program;
  let web: Program;
  let url: string;
  let browser: Browser;
  before(async () => {
    const [webPort = 0, providerPort = 0] = await freePorts(2);
    url = `http://localhost:${webPort}`;
    const env = {
      ...clientEnv(webPort, providerPort),
      ISSUER_BASE_URL: `http://127.0.0.1:${providerPort}`,
      AUTH0_AUTHORIZATION_PARAMS: 'response_mode=form_post',
    };
    provider = await startServer('provider', env);
    web = await startServer('web', env);
    browser = await launchChromium();
  });
  after(async () => {
    await browser.close();
    await web.stop();
    await provider.stop();
  });

  it('signs in, with no cookie that other sites’ forms would get', async () => {
    const page = await browser.newPage();
    const callbacks: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === '/callback') callbacks.push(request.method());
    });
    await page.goto(`${url}/profile?a=1`);
    await new ProviderPage(page).signIn({ username: 'alice', password: 'password' });
    await page.waitForURL(`${url}/profile?a=1`);
    await page.getByRole('heading', { name: 'Alice Adams' }).waitFor();
    assert.deepEqual(callbacks, ['POST', 'GET']);
    const sameSite = (await page.context().cookies(url)).filter(({ name }) => name.startsWith('gatehouse_'));
    assert.deepEqual([...new Set(sameSite.map((cookie) => cookie.sameSite))], ['Lax']);
  });

  it('a form of somebody else is a page that begins the login again', async () => {
    const form = new URLSearchParams({ code: 'x', state: 'y"><script>' });
    const page = await (await fetch(`${url}/callback`, { method: 'POST', body: form })).text();
    const [, next = ''] = /content="0; url=([^"]*)"/.exec(page) ?? [];
    assert.equal(next, '/callback?code=x&#38;state=y%22%3E%3Cscript%3E');
    const answer = await fetch(url + next.replace('&#38;', '&'), { headers: { accept: 'text/html' } });
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /LOGIN_EXPIRED/);
  });
});
