import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { secretId, shortSecretId } from '../../src/gatehouse/platform/secret-id.ts';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startServer } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { redisCli } from '../support/redis-cluster.ts';
import { callbackUrlOf, signedInAs } from '../support/sign-in.ts';
import { startTokenApp, type TokenApp } from '../support/token-app.ts';

const JSON_ONLY = { accept: 'application/json' };
const OLD = 'the-old-session-secret-of-the-tests-and-of-nobody-else';
const NEW = 'the-new-session-secret-of-the-tests-and-of-nobody-else';
/** How many visits each pair of processes gets. */
const ROUNDS = 100;

/** This process and programs beside it, each with its own secrets, on one Redis. */
describe('a secret that changes while processes run', () => {
  let redis: RedisServer;
  let app: TokenApp;
  const programs: Program[] = [];
  before(async () => {
    redis = await startRedis();
    app = await startTokenApp({ REDIS_URL: redis.url, AUTH0_SECRET: OLD }, {}, {}, { besidePrograms: true });
  });
  after(async () => {
    await Promise.all(programs.map((program) => program.stop()));
    await app.stop();
    await redis.stop();
  });

  async function start(secrets: string): Promise<{ readonly url: string }> {
    const [port] = (await freePorts(1)).map(String) as [string];
    const env = { ...app.env, PORT: port, AUTH0_SECRET: secrets, AUTH0_REDIRECT_URI: `${app.url}/callback` };
    programs.push(await startServer('web', { ...env, LOG_LEVEL: 'info' }));
    return { url: `http://localhost:${port}` };
  }

  /** A login begun at one process and finished at another. */
  async function login(begun: { url: string }, finished: { url: string }) {
    const client = createHttpClient();
    const { pathname, search } = new URL(await callbackUrlOf(client, `${begun.url}/login`, 'alice'));
    const callback = finished.url + pathname + search;
    return { client, callback, answer: await client.get(callback) };
  }

  const statusAt = async ({ url }: { url: string }, client: HttpClient) =>
    (await client.get(`${url}/profile`, JSON_ONLY)).status;

  it('in steps (old,new; new,old; new) is noticed by nobody', async () => {
    const steps = [await start(`${OLD},${NEW}`), await start(`${NEW},${OLD}`), await start(NEW)];
    const clients = [await signedInAs(app)];
    for (const [before, after] of [app, ...steps].slice(0, -1).map((step, n) => [step, steps[n] ?? step] as const)) {
      // In the last step, every session left has been written with the new secret: so only such a one goes on.
      if (after === steps[2]) clients.splice(0, clients.length, (await login(before, before)).client);
      for (let round = 0; round < ROUNDS; round += 1) {
        const [begun, finished] = round % 2 ? [before, after] : [after, before];
        const { client, answer } = await login(begun, finished);
        assert.equal(answer.headers.get('location'), '/', `round ${round}`);
        clients.push(client);
        for (const process of [before, after]) {
          assert.equal(await statusAt(process, clients[round % clients.length] as HttpClient), 200, `round ${round}`);
        }
        if (round % 10 === 0) {
          const refreshed = await client.postForm(`${begun.url}/api-call/refresh`, {}, JSON_ONLY);
          assert.equal(refreshed.status, 503, 'there is no API here'); // but the token is renewed, and kept
          assert.equal(await statusAt(finished, client), 200);
        }
      }
    }
    assert.equal(app.faults.count('/token/revocation'), 0);
  });

  it('in one step costs a wait, and nothing else', async () => {
    const ahead = await start(`${NEW},${OLD}`);
    const client = await signedInAs(app);
    const watcher = await signedInAs(app);
    // The process that is ahead renews the token, and seals the session with a secret that this process does not have.
    await client.postForm(`${ahead.url}/api-call/refresh`, {}, JSON_ONLY);
    for (let round = 0; round < ROUNDS; round += 1) {
      const page = await client.get(`${app.url}/${['profile', 'api-call', 'logout', 'sessions'][round % 4]}`);
      assert.deepEqual([page.status, page.headers.get('retry-after')], [503, '5']);
      assert.deepEqual(page.headers.getSetCookie(), []);
      assert.match(await page.text(), /SESSION_UNREADABLE/);
    }
    assert.equal((await watcher.get(`${app.url}/sessions`)).status, 200);
    assert.equal(await statusAt(ahead, client), 200);
    assert.equal(app.faults.count('/token/revocation'), 0);

    const begunAhead = await login(ahead, app);
    assert.deepEqual([begunAhead.answer.status, begunAhead.answer.headers.get('retry-after')], [503, '5']);
    const { pathname, search } = new URL(begunAhead.callback);
    assert.equal((await begunAhead.client.get(ahead.url + pathname + search)).headers.get('location'), '/');
    assert.equal(await statusAt(app, begunAhead.client), 503);

    // It is still listed, and a process that cannot read it can end it.
    await watcher.postForm(`${app.url}/sessions/revoke-others`, {}, JSON_ONLY);
    assert.equal(await statusAt(ahead, client), 401);
    assert.equal(await statusAt(ahead, begunAhead.client), 401);
  });

  it('at once, in an emergency, has everybody sign in again', async () => {
    const stolen = 'a-secret-that-was-stolen-and-is-used-no-more';
    const gone = await startTokenApp({ REDIS_URL: redis.url, AUTH0_SECRET: stolen }, {}, {}, { besidePrograms: true });
    const cookie = await (await signedInAs(gone)).jar.getCookieString(gone.url);
    await gone.stop();
    // Redis does this three minutes after the last process with that secret has ended.
    redisCli(redis.port, 'DEL', `gatehouse:secret:${shortSecretId(secretId(stolen))}`);
    const page = await createHttpClient().get(`${app.url}/profile`, { cookie });
    assert.equal(page.status, 302);
  });
});
