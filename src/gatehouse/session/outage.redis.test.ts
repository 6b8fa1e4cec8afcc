import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { createClient } from 'redis';
import { startApp, type TestApp } from '../../../e2e/support/app.ts';
import { createHttpClient, type HttpClient } from '../../../e2e/support/http-client.ts';
import { freePorts } from '../../../e2e/support/ports.ts';
import { type Program, startProgram } from '../../../e2e/support/program.ts';
import { redisCli } from '../../../e2e/support/redis-cluster.ts';
import { startRedis as startRedisServer } from '../../../e2e/support/redis.ts';
import { callbackUrlOf, signIn } from '../../../e2e/support/sign-in.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { temporaryFolder } from '../../../e2e/support/temporary-folder.ts';

const JSON_ONLY = { accept: 'application/json' };

describe('while Redis is away', () => {
  let port: number;
  let dir: string;
  let redis: Program;
  let app: TestApp;
  let client: HttpClient;

  async function startRedis(): Promise<void> {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''];
    redis = startProgram('redis-server', [...options, '--appendonly', 'yes', '--appendfsync', 'always']);
    await waitFor('redis ready', () => /Ready to accept connections/i.test(redis.output()));
  }

  async function command(...words: string[]): Promise<void> {
    const admin = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
    await admin.sendCommand(words);
    admin.destroy();
  }

  before(async () => {
    [port = 0] = await freePorts(1);
    dir = temporaryFolder('outage');
    await startRedis();
    app = await startApp({
      env: { REDIS_URL: `redis://127.0.0.1:${port}`, AUTH0_AUDIENCE: 'https://api.gatehouse.test' },
    });
    client = createHttpClient();
    await signIn(client, `${app.url}/login`);
  });
  after(async () => {
    await app.stop();
    await redis.stop();
  });

  const kinds: { name: string; begin: () => unknown; end: () => unknown; reads: boolean }[] = [
    {
      name: 'killed',
      begin: async () => {
        redis.process.kill('SIGKILL');
        await redis.ended;
      },
      end: () => startRedis(),
      reads: false,
    },
    {
      name: 'hanging',
      begin: () => redis.process.kill('SIGSTOP'),
      end: () => redis.process.kill('SIGCONT'),
      reads: false,
    },
    {
      name: 'full',
      begin: () => command('CONFIG', 'SET', 'maxmemory', '1'),
      end: () => command('CONFIG', 'SET', 'maxmemory', '0'),
      reads: true,
    },
    {
      name: 'read-only',
      begin: () => command('REPLICAOF', '127.0.0.1', '1'),
      end: () => command('REPLICAOF', 'NO', 'ONE'),
      reads: true,
    },
  ];

  for (const kind of kinds) {
    it(`(${kind.name}) public pages work, all else is a 503 at once, nothing is lost, and all recovers by itself`, async () => {
      const stranger = createHttpClient();
      const callback = await callbackUrlOf(stranger, `${app.url}/profile`, 'bob');
      const cookies = await client.jar.getCookieString(app.url);
      await kind.begin();
      try {
        for (const browser of [client, createHttpClient()]) {
          for (const path of ['/', '/health', '/styles.css']) {
            assert.equal((await browser.get(app.url + path)).status, 200, path);
          }
          assert.equal((await browser.get(`${app.url}/nowhere`)).status, 404);
        }
        const answers: [HttpClient, string, RequestInit?][] = [
          [client, `${app.url}/login`],
          [createHttpClient(), `${app.url}/login`],
          [createHttpClient(), `${app.url}/profile`],
          [stranger, callback],
          [client, `${app.url}/callback?code=x&state=y`],
          [client, `${app.url}/api-call/refresh`, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }],
          ...(kind.reads
            ? []
            : ([
                [client, `${app.url}/profile`],
                [client, `${app.url}/api-call`],
                [client, `${app.url}/logout`],
                [createHttpClient(), `${app.url}/logout`],
              ] as [HttpClient, string][])),
        ];
        if (kind.name === 'read-only') answers.push([client, `${app.url}/logout`]);
        for (const [browser, url, init] of answers) {
          for (const accept of ['text/html', 'application/json']) {
            const headers = { ...(init?.headers as Record<string, string>), accept };
            const began = performance.now();
            const response = await browser.send(url, { ...init, headers });
            const label = `${init?.method ?? 'GET'} ${new URL(url).pathname} ${accept}`;
            assert.equal(response.status, 503, label);
            assert.ok(performance.now() - began < 1000, `${label} takes too long`);
            assert.ok(Number(response.headers.get('retry-after')) > 0, label);
            assert.equal(response.headers.get('location'), null, label);
            assert.deepEqual(response.headers.getSetCookie(), [], label);
            assert.match(await response.text(), /SESSION_STORE_UNAVAILABLE/);
          }
        }
        if (kind.reads) assert.equal((await client.get(`${app.url}/profile`)).status, 200);
        const ready = await stranger.get(`${app.url}/ready`);
        assert.equal(ready.status, kind.reads ? 200 : 503);
        assert.equal(await client.jar.getCookieString(app.url), cookies);
      } finally {
        await kind.end();
      }
      await waitFor('recovery', async () => (await client.get(`${app.url}/profile`, JSON_ONLY)).status === 200);
      // The app has not spent the code, so the login that waited can go on.
      const finished = await stranger.follow(await stranger.get(callback));
      assert.equal(finished.status, 200);
      assert.match(await finished.text(), /Bob Baker/);
    });
  }

  it('(full) logs out all the same', async () => {
    const leaving = createHttpClient();
    await signIn(leaving, `${app.url}/login`, 'carol');
    await command('CONFIG', 'SET', 'maxmemory', '1');
    try {
      assert.equal((await leaving.get(`${app.url}/logout`)).status, 302);
      assert.equal((await leaving.get(`${app.url}/profile`, JSON_ONLY)).status, 503);
    } finally {
      await command('CONFIG', 'SET', 'maxmemory', '0');
    }
    assert.equal((await leaving.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
  });
});

describe('a logout', () => {
  /** A signed-in browser, with an app and a Redis of its own. */
  async function signedInBrowser(t: TestContext) {
    const redis = await startRedisServer();
    t.after(() => redis.stop());
    const app = await startApp({ env: { REDIS_URL: redis.url } });
    t.after(() => app.stop());
    const client = createHttpClient();
    await signIn(client, `${app.url}/login`);
    return { redis, app, client };
  }

  async function assertNotLoggedOut({ app, client }: { app: TestApp; client: HttpClient }) {
    const before = await client.jar.getCookieString(app.url);
    assert.match(before, /gatehouse=/);
    const answer = await client.get(`${app.url}/logout`);
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get('location'), null);
    assert.deepEqual(answer.headers.getSetCookie(), []);
    assert.equal(await client.jar.getCookieString(app.url), before);
  }

  it('that finds Redis dead clears no cookie', async (t) => {
    const { redis, app, client } = await signedInBrowser(t);
    await redis.kill();
    await assertNotLoggedOut({ app, client });
  });

  it('that Redis fails under, after it has told the session, clears no cookie, and can be done again', async (t) => {
    const { redis, app, client } = await signedInBrowser(t);
    redisCli(redis.port, 'ACL', 'SETUSER', 'default', '-del');
    await assertNotLoggedOut({ app, client });
    assert.equal((await client.get(`${app.url}/profile`, JSON_ONLY)).status, 200);
    redisCli(redis.port, 'ACL', 'SETUSER', 'default', '+del');
    const answer = await client.get(`${app.url}/logout`);
    assert.equal(answer.status, 302);
    assert.match(answer.headers.getSetCookie().join(), /gatehouse=;/);
    assert.equal((await client.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
  });
});
