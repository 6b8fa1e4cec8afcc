import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient } from 'redis';
import { startApp, type TestApp } from '../../../e2e/support/app.ts';
import { createHttpClient, type HttpClient } from '../../../e2e/support/http-client.ts';
import { type RedisServer, startRedis } from '../../../e2e/support/redis.ts';
import { signIn } from '../../../e2e/support/sign-in.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import type { Running } from '../../program/listen.ts';
import { createRedisKeys } from './redis-keys.ts';
import { sessionCookie } from './session-cookie.ts';
import { createSavingRoutes, fieldsOf } from '../../../e2e/support/saving-routes.ts';
import { signedInAs } from '../../../e2e/support/sign-in.ts';

const JSON_ONLY = { accept: 'application/json' };

const saving = createSavingRoutes();

const cookieOf = async (client: HttpClient, app: TestApp) =>
  (await client.jar.getCookies(app.url)).find(({ key }) => key === 'gatehouse')?.value;

/** The commands that our clients send to Redis while `work` goes on. */
async function commandsDuring(redis: RedisServer, work: () => Promise<void>): Promise<readonly string[]> {
  const monitor = await createClient({ url: redis.url }).connect();
  const marker = await createClient({ url: redis.url }).connect();
  const commands: string[] = [];
  await monitor.monitor((line) => commands.push(line));
  await work();
  // A command of our own marks the end of what MONITOR reports.
  await marker.get('end-of-test');
  await waitFor('the marker', () => commands.some((line) => line.includes('end-of-test')));
  marker.destroy();
  monitor.destroy();
  // Leave out what our clients send to check their connections.
  return commands.filter((line) => line.includes('gatehouse:') && !line.includes('gatehouse:ping'));
}

describe('two web processes on one Redis', () => {
  let redis: RedisServer;
  let app: TestApp;
  let other: Running & { readonly url: string };
  before(async () => {
    redis = await startRedis();
    app = await startApp({ env: { REDIS_URL: redis.url }, routes: saving.routes });
    other = await app.another();
  });
  after(async () => {
    await other.stop();
    await app.stop();
    await redis.stop();
  });

  it('a slow request does not undo a refresh in the other process', async () => {
    const latch = saving.newLatch();
    const client = await signedInAs(app);
    const slow = client.get(`${app.url}/test/slow`);
    await latch.arrived;
    await client.get(`${other.url}/test/refresh`);
    latch.release();
    const response = await slow;
    assert.equal(response.status, 200);
    assert.deepEqual(response.headers.getSetCookie(), []);
    assert.deepEqual(await (await client.get(`${app.url}/test/tokens`)).json(), ['new-at', 'new-rt']);
    assert.deepEqual(await fieldsOf(client, app), ['x_slow']);
  });

  it('a request in flight does not bring a logged-out session back', async () => {
    const latch = saving.newLatch();
    const client = await signedInAs(app);
    const copy = createHttpClient();
    const cookie = `gatehouse=${await cookieOf(client, app)}`;
    await copy.jar.setCookie(cookie, app.url);
    const slow = client.get(`${app.url}/test/slow`, JSON_ONLY);
    await latch.arrived;
    const logout = await client.get(`${other.url}/logout`);
    assert.match(logout.headers.getSetCookie().join(), /gatehouse=;/);
    latch.release();
    const response = await slow;
    assert.deepEqual(response.headers.getSetCookie(), []);
    // Nothing of what it wanted to save is kept, and it is told so.
    assert.equal(response.status, 401);
    assert.match(await response.text(), /LOGIN_REQUIRED/);
    for (const browser of [client, copy]) {
      assert.equal((await browser.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
    }
  });

  it('keeps what twenty requests at once write into one session', async () => {
    const client = await signedInAs(app);
    await Promise.all(Array.from({ length: 20 }, (_, n) => client.get(`${n % 2 ? app.url : other.url}/test/set/${n}`)));
    assert.equal((await fieldsOf(client, app)).length, 20);
  });

  it('keeps what two requests, one in each process, save ten times at once', async () => {
    const client = await signedInAs(app);
    const seen = await Promise.all(
      [`${app.url}/test/set-ten/0`, `${other.url}/test/set-ten/10`].map(
        async (url) => (await (await client.get(url)).json()) as string[],
      ),
    );
    for (const [n, fields] of seen.entries()) {
      for (let own = n * 10; own < n * 10 + 10; own += 1) assert.ok(fields.includes(`x_${own}`), fields.join());
    }
    assert.equal((await fieldsOf(client, app)).length, 20);
  });

  it('saving undefined removes a field, and no other', async () => {
    const client = await signedInAs(app);
    for (const field of ['a', 'b', 'c']) await client.get(`${app.url}/test/set/${field}`);
    assert.deepEqual(await (await client.get(`${other.url}/test/unset/b`)).json(), ['x_a', 'x_c']);
    assert.deepEqual(await fieldsOf(client, app), ['x_a', 'x_c']);
  });

  it('saves also what comes after the answer', async () => {
    const client = await signedInAs(app);
    assert.equal((await client.get(`${app.url}/test/send-then-save`)).status, 200);
    assert.equal(await saving.lateSave(), 'saved');
    assert.deepEqual(await fieldsOf(client, app), ['x_late']);
  });

  it('makes a new session id at every login, also of the same user, and ends the old one', async () => {
    const client = await signedInAs(app);
    const first = await cookieOf(client, app);
    await client.get(`${app.url}/test/set/old`);
    await client.follow(await client.get(`${app.url}/login`));
    const second = await cookieOf(client, app);
    assert.ok(first && second && first !== second);
    assert.deepEqual(await fieldsOf(client, app), []);
    const thief = createHttpClient();
    await thief.jar.setCookie(`gatehouse=${first}`, app.url);
    assert.equal((await thief.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
  });

  it('adopts no id that it did not issue', async () => {
    for (const value of ['chosen', 'chosen.signature', `${'a'.repeat(43)}.${'b'.repeat(43)}`, 'x'.repeat(4000)]) {
      const client = createHttpClient();
      await client.jar.setCookie(`gatehouse=${value}`, app.url);
      assert.equal((await client.get(`${app.url}/`)).status, 200);
      await client.jar.setCookie(`gatehouse=${value}`, app.url);
      await signIn(client, `${app.url}/login`);
      assert.notEqual(await cookieOf(client, app), value);
    }
  });

  it('a signed-in page view is one command to Redis and no cookie; a session takes less than 4 kB', async () => {
    const client = await signedInAs(app);
    await client.get(`${app.url}/profile`);
    const ours = await commandsDuring(redis, async () => {
      const response = await client.get(`${app.url}/profile`);
      assert.deepEqual(response.headers.getSetCookie(), []);
    });
    assert.equal(ours.length, 1, ours.join('\n'));
    assert.match(ours[0] ?? '', /"GET" "gatehouse:session:/);
    const admin = await createClient({ url: redis.url }).connect();
    for (const key of await admin.keys('gatehouse:session:*')) assert.ok((await admin.strLen(key)) < 4096);
    admin.destroy();
  });

  it('gives no cookie away by the keys of Redis', async () => {
    const client = await signedInAs(app);
    const [id = ''] = ((await cookieOf(client, app)) ?? '').split('.');
    assert.equal(id.length, 43);
    const admin = await createClient({ url: redis.url }).connect();
    for (const key of await admin.keys('*')) assert.ok(!key.includes(id), key);
    admin.destroy();
  });

  it('a forged session cookie costs no command to Redis', async () => {
    const client = await signedInAs(app);
    const real = (await cookieOf(client, app)) ?? '';
    const [id = '', signature = ''] = real.split('.');
    const { secrets, issuer, clientId } = app.inside.config;
    const forged = [
      '',
      id,
      `${id}.`,
      `.${signature}`,
      `${id}.${signature.slice(0, -1)}`,
      `${id}x.${signature}`,
      `${sessionCookie('gatehouse', secrets).newId()}.${signature}`,
      sessionCookie('another', secrets).valueFor(id),
      createRedisKeys(`${issuer} ${clientId}`).nameOf(id),
      `s%3A${id}.${signature}`,
      'x'.repeat(4000),
    ];
    const ours = await commandsDuring(redis, async () => {
      for (const value of forged) {
        const answer = await createHttpClient().get(`${app.url}/`, { cookie: `gatehouse=${value}` });
        assert.equal(answer.status, 200);
      }
    });
    assert.deepEqual(ours, []);
    const one = await commandsDuring(redis, async () => {
      await createHttpClient().get(`${app.url}/`, { cookie: `gatehouse=${real}` });
    });
    assert.equal(one.length, 1, one.join('\n'));
  });

  it('two session cookies at once count as none: one of them is somebody else’s', async () => {
    const [client, other] = [await signedInAs(app), await signedInAs(app, 'bob')];
    const [mine, theirs] = [await cookieOf(client, app), await cookieOf(other, app)];
    for (const header of [`gatehouse=${mine}; gatehouse=${theirs}`, `gatehouse=${mine}; a=b; gatehouse=x`]) {
      const answer = await createHttpClient().get(`${app.url}/profile`, { ...JSON_ONLY, cookie: header });
      assert.equal(answer.status, 401);
      assert.deepEqual(answer.headers.getSetCookie(), []);
    }
    const odd = await createHttpClient().get(`${app.url}/profile`, { ...JSON_ONLY, cookie: `\u00a0gatehouse=${mine}` });
    assert.equal(odd.status, 401);
    assert.equal((await client.get(`${app.url}/profile`, JSON_ONLY)).status, 200);
  });

  it('a session cookie by another secret costs one question in some seconds: whether any process uses that', async () => {
    const foreign = sessionCookie('gatehouse', ['a secret of somebody else, just as long']);
    const ours = await commandsDuring(redis, async () => {
      for (let visits = 0; visits < 5; visits += 1) {
        const cookie = `gatehouse=${foreign.valueFor(foreign.newId())}`;
        assert.equal((await createHttpClient().get(`${app.url}/`, { cookie })).status, 200);
      }
    });
    assert.equal(ours.length, 1, ours.join('\n'));
  });
});

describe('the touch of a session', () => {
  it('extends the session and its cookie once a quarter of a short idle lifetime', async () => {
    const redis = await startRedis();
    const app = await startApp({ env: { REDIS_URL: redis.url, SESSION_ROLLING_SECONDS: '4' } });
    try {
      const client = await signedInAs(app);
      let touches = 0;
      await waitFor('three touches', async () => {
        const response = await client.get(`${app.url}/profile`, JSON_ONLY);
        assert.equal(response.status, 200);
        const lines = response.headers.getSetCookie();
        for (const line of lines) assert.match(line, /^gatehouse=.*; Max-Age=[34]$/);
        touches += lines.length;
        return touches >= 3;
      });
    } finally {
      await app.stop();
      await redis.stop();
    }
  });
});
