import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { isOnPath } from '../support/find-tools.ts';
import { createHttpClient } from '../support/http-client.ts';
import { startLoadBalancer, type LoadBalancer } from '../support/load-balancer.ts';
import { freePorts } from '../support/ports.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { callbackUrlOf, leadsOnTo } from '../support/sign-in.ts';
import { startTokenApp, type TokenApp } from '../support/token-app.ts';
import { giveTokensOf } from '../support/tokens-of-size.ts';

/** How many bytes of an answer's headers nginx accepts as installed: a page of memory. */
const LIMIT = 4096;
/** How many bytes of our cookies docs/operations.md promises at most for a request. */
const REQUEST_LIMIT = 6000;
/** An address of 1000 characters, many of which become three inside another address. */
const DEEP = '/profile?q='.padEnd(992, 'a&b=/+%20').padEnd(1000, 'z');

let redis: RedisServer;
let app: TokenApp;
let nginx: LoadBalancer | undefined;
let origin: string;
let most: { bytes: number; what: string };
let authorizationParams: Record<string, string>;

/** The bytes of an answer's headers as they came, with its status line. */
function headerBytes({ status, statusText, headers }: Response): number {
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${statusText}\r\n${lines.join('')}\r\n`.length;
}

/** Starts the app on https as behind a proxy, with the longest names and headers. Its browsers still ask it by http. */
async function start(env: Record<string, string> = {}): Promise<void> {
  const [port = 0] = await freePorts(1);
  origin = `https://localhost:${port}`;
  const door = { cookieName: 'gatehouse_1a2b3c4d', authorizationParams: () => authorizationParams };
  app = await startTokenApp({ AUTH0_REDIRECT_URI: `${origin}/callback`, TRUST_PROXY: '1', ...env }, door);
  if (isOnPath('nginx')) nginx = await startLoadBalancer('nginx', [Number(new URL(app.url).port)], port);
}

async function stop(): Promise<void> {
  await Promise.all([nginx?.stop(), app.stop()]);
  nginx = undefined;
}

/** Runs a visit twice: to measure it, and through nginx, which says 502 if headers are too large for it. */
async function visit(work: (browser: ReturnType<typeof browserAt>) => Promise<void>): Promise<void> {
  most = { bytes: 0, what: '' };
  await work(browserAt(app.url));
  assert.ok(most.bytes <= LIMIT, `${most.bytes} bytes at ${most.what}`);
  if (nginx) await work(browserAt(nginx.url.replace('127.0.0.1', 'localhost')));
}

function browserAt(url: string) {
  const client = createHttpClient({}, (response) => {
    if (!response.url.startsWith(url)) return;
    assert.notEqual(response.status, 502, response.url.slice(0, 100));
    const bytes = headerBytes(response);
    if (bytes > most.bytes) most = { bytes, what: `${response.status} ${response.url.slice(0, 100)}` };
  });
  const callbackOf = async (path: string) =>
    (await callbackUrlOf(client, new URL(path, url).href, 'alice')).replace(origin, url);
  return {
    client,
    callbackOf,
    get: (path: string) => client.get(url + path),
    post: (path: string, form: Record<string, string>) => client.postForm(url + path, form),
    signIn: async (path: string) => client.get(await callbackOf(path)),
  };
}

beforeEach(() => {
  app.faults.reset();
  authorizationParams = {};
});

describe('headers with sessions in Redis', () => {
  before(async () => {
    redis = await startRedis();
    await start({ REDIS_URL: redis.url });
  });
  after(async () => {
    await stop();
    await redis.stop();
  });

  it('of eight logins at once, each to an address of 1000 characters, are below 4 kB', () =>
    visit(async ({ client, get, callbackOf, signIn }) => {
      const callbacks: string[] = [];
      for (let n = 0; n < 10; n += 1) callbacks.push(await callbackOf(DEEP.replace('q', String(n))));
      const { length } = await client.jar.getCookieString(app.url);
      assert.ok(length > 1000 && length < REQUEST_LIMIT, `${length} bytes of cookies with each request`);
      const answer = await client.get(callbacks[5] ?? '');
      assert.deepEqual([answer.status, answer.headers.get('location')], [302, DEEP.replace('q', '5')]);
      assert.equal((await get(DEEP)).status, 200);
      // The cookie of this login was cleared, but alice is signed in by now.
      assert.equal((await client.get(callbacks[0] ?? '')).headers.get('location'), DEEP.replace('q', '0'));
      await get('/logout');
      assert.equal((await signIn(`/login?returnTo=${encodeURIComponent(DEEP)}`)).headers.get('location'), DEEP);
    }));

  it('where somebody else has put logins there are below 4 kB', () =>
    visit(async ({ client, get }) => {
      const name = (n: number) => `__Host-gatehouse_1a2b3c4d_login.mwwz4rl${n % 10}.${'x'.repeat(21)}${n}`;
      for (let n = 0; n < 60; n += 1) await client.jar.setCookie(`${name(n)}=x; Secure; Path=/`, app.url);
      assert.equal((await get(DEEP)).status, 302);
    }));

  it('of a sign-out with an ID token of 8 kB are below 4 kB: the hint is left out', () =>
    visit(async ({ signIn, get }) => {
      giveTokensOf(app, { id: 8000, access: 4000, refresh: 2000 });
      assert.equal((await signIn(DEEP)).status, 302);
      const location = new URL((await get('/logout')).headers.get('location') ?? '');
      assert.equal(location.searchParams.get('id_token_hint'), null);
      assert.equal(location.searchParams.get('post_logout_redirect_uri'), origin);
    }));

  it('of a callback with a long error are below 4 kB', () =>
    visit(async ({ client, callbackOf }) => {
      const callback = new URL(await callbackOf(DEEP));
      callback.searchParams.delete('code');
      callback.searchParams.set('error', 'access_denied');
      callback.searchParams.set('error_description', 'no '.repeat(1000));
      assert.equal((await client.get(callback.href)).status, 403);
    }));

  it('of a login with much to ask of the provider are below 4 kB: a page leads there', () =>
    visit(async ({ get, post, signIn }) => {
      authorizationParams = { kc_idp_hint: 'saml', acr_values: 'urn:mfa', claims: 'c'.repeat(200) };
      assert.equal((await signIn(DEEP)).headers.get('location'), DEEP);
      await get('/logout');
      authorizationParams = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`x${n}`, 'y'.repeat(50)]));
      const there = await leadsOnTo(
        await get(`/login?returnTo=${encodeURIComponent(DEEP)}&login_hint=${'h'.repeat(300)}`),
      );
      assert.equal(there.searchParams.get('x39'), 'y'.repeat(50));
      // The provider still knows alice.
      assert.equal((await signIn(there.href)).headers.get('location'), DEEP);
      const form = await post('/login', { target_link_uri: origin + DEEP, other: 'o'.repeat(8000) });
      assert.match(await form.text(), /url=\/login\?target_link_uri=/);
    }));
});

describe('headers with sessions in cookies', () => {
  before(() => start());
  after(stop);

  it('of a login with three tokens of 1 kB, and of its sign-out, are below 4 kB', () =>
    visit(async ({ signIn, get }) => {
      giveTokensOf(app, { id: 1000, access: 1000, refresh: 1000 });
      const answer = await signIn('/profile?a=1');
      assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/profile?a=1']);
      assert.equal((await get('/profile')).status, 200);
      assert.equal((await get('/test/expire')).status, 200);
      assert.equal((await get('/logout')).status, 302);
    }));

  it('of such a login to a long address are below 4 kB: a page leads there', () =>
    visit(async ({ get, signIn }) => {
      giveTokensOf(app, { id: 1000, access: 1000, refresh: 1000 });
      const page = await signIn(DEEP);
      assert.equal(page.status, 200);
      const html = await page.text();
      assert.ok(html.includes(`url=${DEEP.replaceAll('&', '&#38;')}"`), html.slice(0, 300));
      assert.equal((await get(DEEP)).status, 200);
    }));
});
