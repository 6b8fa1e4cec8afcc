import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApp, type TestApp } from '../../e2e/support/app.ts';
import { createHttpClient, type HttpClient } from '../../e2e/support/http-client.ts';
import { type RedisServer, startRedis } from '../../e2e/support/redis.ts';
import { signIn } from '../../e2e/support/sign-in.ts';

const JSON_ONLY = { accept: 'application/json' };
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

interface SessionJson {
  id: string;
  current: boolean;
  created_at: string;
  last_seen_at: string;
  user_agent: string | null;
}

describe('where a user is signed in', () => {
  let redis: RedisServer;
  let app: TestApp;
  before(async () => {
    redis = await startRedis();
    app = await startApp({ env: { REDIS_URL: redis.url } });
  });
  after(async () => {
    await app.stop();
    await redis.stop();
  });

  async function signedIn(username: string, userAgent?: string): Promise<HttpClient> {
    const client = createHttpClient(userAgent ? { 'user-agent': userAgent } : {});
    await signIn(client, `${app.url}/login`, username);
    return client;
  }
  async function sessionsOf(client: HttpClient): Promise<SessionJson[]> {
    const response = await client.get(`${app.url}/sessions`, JSON_ONLY);
    assert.equal(response.status, 200);
    return ((await response.json()) as { sessions: SessionJson[] }).sessions;
  }
  const isSignedIn = async (client: HttpClient) => (await client.get(`${app.url}/profile`, JSON_ONLY)).status === 200;
  const post = (client: HttpClient, path: string, headers = {}) => client.postForm(app.url + path, {}, headers);

  it('lists this user’s browsers, this one marked, and gives no cookie away', async () => {
    const [here, there, bob] = [await signedIn('alice', FIREFOX), await signedIn('alice'), await signedIn('bob')];
    const sessions = await sessionsOf(here);
    assert.equal(sessions.length, 2);
    const current = sessions.filter((session) => session.current);
    assert.equal(current.length, 1);
    assert.equal(current[0]?.user_agent, FIREFOX);
    for (const { id, created_at, last_seen_at } of sessions) {
      assert.ok(Math.abs(Date.now() - Date.parse(created_at)) < 60_000);
      assert.match(last_seen_at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      const cookies = await here.jar.getCookieString(app.url);
      assert.ok(!cookies.includes(id));
    }
    const html = await (await here.get(`${app.url}/sessions`)).text();
    assert.match(html, /Firefox on Linux/);
    assert.match(html, /This browser/);
    assert.equal((await sessionsOf(bob)).length, 1);
    await post(here, '/sessions/revoke-others');
    assert.equal(await isSignedIn(there), false);
    assert.equal(await isSignedIn(bob), true);
    assert.equal((await sessionsOf(here)).length, 1);
    await here.get(`${app.url}/logout`);
  });

  it('signs one browser out, which is told so once and then led to the login', async () => {
    const [here, there] = [await signedIn('carol'), await signedIn('carol')];
    const other = (await sessionsOf(here)).find((session) => !session.current);
    const path = `/sessions/${other?.id ?? ''}/revoke`;
    assert.equal((await post(here, path, JSON_ONLY)).status, 204);
    assert.equal((await post(here, path, JSON_ONLY)).status, 404);
    const told = await there.get(`${app.url}/profile?a=1`);
    assert.equal(told.status, 401);
    const html = await told.text();
    assert.match(html, /You were signed out/);
    assert.match(html, /href="\/login\?returnTo=%2Fprofile%3Fa%3D1"/);
    assert.equal((await there.get(`${app.url}/profile`)).status, 302);
    assert.equal(await isSignedIn(here), true);
    const mine = (await sessionsOf(here))[0];
    const own = await post(here, `/sessions/${mine?.id}/revoke`);
    assert.equal(own.status, 303);
    assert.match(own.headers.getSetCookie().join(), /gatehouse=;/);
    // This browser ended the session itself, so the app sends it to the login at once.
    assert.equal((await here.get(`${app.url}/sessions`)).status, 302);
    assert.equal(await isSignedIn(here), false);
  });

  it('tells a browser that was signed out so on the home page, too', async () => {
    const [here, there] = [await signedIn('carol'), await signedIn('carol')];
    await post(here, '/sessions/revoke-others');
    assert.match(await (await there.get(`${app.url}/`)).text(), /<h1>You were signed out/);
    assert.match(await (await there.get(`${app.url}/`)).text(), /<h1>Welcome</);
    await here.get(`${app.url}/logout`);
  });

  it('does not end what is not this user’s, nor for another site', async () => {
    const [alice, bob] = [await signedIn('alice'), await signedIn('bob')];
    const id = (await sessionsOf(bob))[0]?.id ?? '';
    for (const wrong of [id, 'nonsense', '..%2F..', '%00']) {
      assert.equal((await post(alice, `/sessions/${wrong}/revoke`, JSON_ONLY)).status, 404, wrong);
    }
    const foreign = await post(bob, `/sessions/${id}/revoke`, { 'sec-fetch-site': 'cross-site' });
    assert.equal(foreign.status, 403);
    assert.equal(await isSignedIn(bob), true);
    assert.equal((await createHttpClient().get(`${app.url}/sessions`, JSON_ONLY)).status, 401);
  });

  it('the provider ends the session of the browser that signed out there, and no other', async () => {
    const [leaving, staying] = [await signedIn('alice'), await signedIn('alice')];
    const page = await leaving.get(`${app.providerUrl}/session/end`);
    const html = await page.text();
    const action = /action="([^"]+)"/.exec(html)?.[1] ?? '';
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
    await leaving.postForm(new URL(action, page.url).href, { xsrf, logout: 'yes' });
    assert.equal(await isSignedIn(leaving), false);
    assert.equal(await isSignedIn(staying), true);
  });

  it('a sub alone ends every session of the user, also one whose login is just completing', async () => {
    const [one, two, bob] = [await signedIn('dave'), await signedIn('dave'), await signedIn('bob')];
    const startedAt = Date.now() - 1000;
    assert.equal(await app.door.endSessions({ sub: 'local|dave' }), 2);
    assert.equal(await isSignedIn(one), false);
    assert.equal(await isSignedIn(two), false);
    assert.equal(await isSignedIn(bob), true);

    // A login whose callback came before the logout saves its session only now.
    const { sessions } = app.inside;
    const payload = Buffer.from(JSON.stringify({ sub: 'local|dave' })).toString('base64url');
    const content = { claims: { sub: 'local|dave' }, id_token: `e30.${payload}.`, sid: 'late', logins: [] };
    const late = { ...content, asked: { at: Math.floor(startedAt / 1000) } };
    assert.deepEqual(await sessions.begin(undefined, late, startedAt), []);
    assert.deepEqual((await sessions.index?.list('local|dave'))?.sessions, []);

    // A login that begins after the logout works.
    const again = await signedIn('dave');
    assert.equal(await isSignedIn(again), true);
  });
});
