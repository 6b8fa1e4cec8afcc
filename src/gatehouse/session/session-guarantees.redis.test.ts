import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient } from 'redis';
import { startApp, type TestApp } from '../../../e2e/support/app.ts';
import { createHttpClient, type HttpClient } from '../../../e2e/support/http-client.ts';
import { type RedisServer, startRedis } from '../../../e2e/support/redis.ts';
import { signIn } from '../../../e2e/support/sign-in.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import type { Running } from '../../program/listen.ts';
import { everyone, signedIn } from '../door/guards.ts';
import type { Route } from '../../app/routes.ts';

const JSON_ONLY = { accept: 'application/json' };

/** Holds a request in its handler until the test lets it go. */
function createLatch() {
  let arrive = () => {};
  let release = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { arrived, release: () => release(), hold: () => (arrive(), released) };
}

let latch = createLatch();

/** Routes as users of this template write them, and as they should not. */
const ROUTES: readonly Route[] = [
  {
    method: 'get',
    path: '/test/slow',
    access: signedIn,
    handlers: [async (_req, res) => (await latch.hold(), void res.send('slow'))],
  },
  {
    method: 'get',
    path: '/test/refresh',
    access: signedIn,
    handlers: [
      (req, res) => {
        Object.assign(req.appSession ?? {}, { access_token: 'new-at', refresh_token: 'new-rt' });
        res.send('refreshed');
      },
    ],
  },
  {
    method: 'get',
    path: '/test/tokens',
    access: signedIn,
    handlers: [(req, res) => void res.json([req.appSession?.access_token, req.appSession?.refresh_token])],
  },
  {
    method: 'get',
    path: '/test/set/:field',
    access: signedIn,
    handlers: [
      (req, res) => {
        Object.assign(req.appSession ?? {}, { [`x_${req.params['field'] as string}`]: 1 });
        res.send('set');
      },
    ],
  },
  {
    method: 'get',
    path: '/test/fields',
    access: signedIn,
    handlers: [(req, res) => void res.json(Object.keys(req.appSession ?? {}).filter((key) => key.startsWith('x_')))],
  },
  {
    method: 'get',
    path: '/test/send-then-throw',
    access: everyone,
    handlers: [
      (_req, res) => {
        res.send('first');
        throw new Error('too late');
      },
    ],
  },
  {
    method: 'get',
    path: '/test/send-twice',
    access: everyone,
    handlers: [
      (_req, res) => {
        res.send('one');
        res.status(500).set('X-Late', '1').send('something longer');
      },
    ],
  },
  {
    method: 'get',
    path: '/test/change-then-throw',
    access: signedIn,
    handlers: [
      (req, res) => {
        Object.assign(req.appSession ?? {}, { x_late: Date.now() });
        res.send('changed');
        throw new Error('too late');
      },
    ],
  },
];

async function signedInAs(app: TestApp, username = 'alice'): Promise<HttpClient> {
  const client = createHttpClient();
  await signIn(client, `${app.url}/login`, username);
  return client;
}

const sessionCookie = async (client: HttpClient, app: TestApp) =>
  (await client.jar.getCookies(app.url)).find(({ key }) => key === 'appSession')?.value;

describe('two web processes on one Redis', () => {
  let redis: RedisServer;
  let app: TestApp;
  let other: Running & { readonly url: string };
  before(async () => {
    redis = await startRedis();
    app = await startApp({ env: { REDIS_URL: redis.url }, routes: () => ROUTES });
    other = await app.another();
  });
  after(async () => {
    await other.stop();
    await app.stop();
    await redis.stop();
  });

  it('a slow request does not undo a refresh in the other process', async () => {
    latch = createLatch();
    const client = await signedInAs(app);
    const slow = client.get(`${app.url}/test/slow`);
    await latch.arrived;
    await client.get(`${other.url}/test/refresh`);
    latch.release();
    const response = await slow;
    assert.equal(response.status, 200);
    assert.deepEqual(response.headers.getSetCookie(), []);
    assert.deepEqual(await (await client.get(`${app.url}/test/tokens`)).json(), ['new-at', 'new-rt']);
  });

  it('a request in flight does not bring a logged-out session back', async () => {
    latch = createLatch();
    const client = await signedInAs(app);
    const copy = createHttpClient();
    const cookie = `appSession=${await sessionCookie(client, app)}`;
    await copy.jar.setCookie(cookie, app.url);
    const slow = client.get(`${app.url}/test/slow`);
    await latch.arrived;
    const logout = await client.get(`${other.url}/logout`);
    assert.match(logout.headers.getSetCookie().join(), /appSession=;/);
    latch.release();
    assert.deepEqual((await slow).headers.getSetCookie(), []);
    for (const browser of [client, copy]) {
      assert.equal((await browser.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
    }
  });

  it('keeps what twenty requests at once write into one session', async () => {
    const client = await signedInAs(app);
    await Promise.all(Array.from({ length: 20 }, (_, n) => client.get(`${n % 2 ? app.url : other.url}/test/set/${n}`)));
    const fields = (await (await client.get(`${app.url}/test/fields`)).json()) as string[];
    assert.equal(fields.length, 20);
  });

  it('makes a new session id at every login, also of the same user, and ends the old one', async () => {
    const client = await signedInAs(app);
    const first = await sessionCookie(client, app);
    await client.get(`${app.url}/test/set/old`);
    await client.follow(await client.get(`${app.url}/login`));
    const second = await sessionCookie(client, app);
    assert.ok(first && second && first !== second);
    assert.deepEqual(await (await client.get(`${app.url}/test/fields`)).json(), []);
    const thief = createHttpClient();
    await thief.jar.setCookie(`appSession=${first}`, app.url);
    assert.equal((await thief.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
  });

  it('adopts no id that it did not issue', async () => {
    for (const value of ['chosen', 'chosen.signature', `${'a'.repeat(32)}.${'b'.repeat(43)}`, 'x'.repeat(4000)]) {
      const client = createHttpClient();
      await client.jar.setCookie(`appSession=${value}`, app.url);
      assert.equal((await client.get(`${app.url}/`)).status, 200);
      await client.jar.setCookie(`appSession=${value}`, app.url);
      await signIn(client, `${app.url}/login`);
      assert.notEqual(await sessionCookie(client, app), value);
    }
  });

  it('a signed-in page view is one command to Redis and no cookie; a session takes less than 4 kB', async () => {
    const client = await signedInAs(app);
    await client.get(`${app.url}/profile`);
    const monitor = createClient({ url: redis.url });
    await monitor.connect();
    const commands: string[] = [];
    await monitor.monitor((line) => commands.push(line));
    const response = await client.get(`${app.url}/profile`);
    // The end of what MONITOR tells is marked by a command of our own.
    const marker = createClient({ url: redis.url });
    await marker.connect();
    await marker.get('end-of-test');
    await waitFor('the marker', () => commands.some((line) => line.includes('end-of-test')));
    const ours = commands.filter((line) => line.includes('gatehouse:'));
    assert.equal(ours.length, 1, ours.join('\n'));
    assert.match(ours[0] ?? '', /"GET" "gatehouse:session:/);
    assert.deepEqual(response.headers.getSetCookie(), []);
    for (const key of await marker.keys('gatehouse:session:*')) assert.ok((await marker.strLen(key)) < 4096);
    marker.destroy();
    monitor.destroy();
  });

  it('a faulty route ends neither the process nor the answer of anybody', async () => {
    const client = await signedInAs(app);
    for (const [path, body] of [
      ['/test/send-then-throw', 'first'],
      ['/test/send-twice', 'one'],
      ['/test/change-then-throw', 'changed'],
    ]) {
      for (let n = 0; n < 5; n += 1) {
        const response = await client.get(app.url + path);
        assert.equal(response.status, 200);
        assert.equal(await response.text(), body);
        assert.equal(response.headers.get('content-length'), String(body?.length));
        assert.equal(response.headers.get('x-late'), null);
      }
    }
    assert.deepEqual(await (await client.get(`${app.url}/test/fields`)).json(), ['x_late']);
  });
});

describe('with sessions in cookies', () => {
  it('a faulty route ends neither the process nor the answer, too', async () => {
    const app = await startApp({ routes: () => ROUTES });
    try {
      for (const [path, body] of [
        ['/test/send-then-throw', 'first'],
        ['/test/send-twice', 'one'],
      ]) {
        const response = await createHttpClient().get(app.url + path);
        assert.deepEqual([response.status, await response.text()], [200, body]);
      }
    } finally {
      await app.stop();
    }
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
        if (response.headers.getSetCookie().length > 0) touches += 1;
        return touches === 3;
      });
    } finally {
      await app.stop();
      await redis.stop();
    }
  });
});
