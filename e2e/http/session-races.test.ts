import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApp, type TestApp } from '../support/app.ts';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startServer } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { callbackUrlOf, signedInAs } from '../support/sign-in.ts';

const JSON_ONLY = { accept: 'application/json' };
/** How many logins each race has. */
const ROUNDS = 200;
const PARALLEL = 4;

/** Two processes, this one and a program, where the same people sign in and out at the same moment. */
describe('logins that race with a look at the sessions, or with a sign-out', () => {
  let redis: RedisServer;
  let app: TestApp;
  let other: Program;
  let otherUrl: string;
  before(async () => {
    redis = await startRedis();
    app = await startApp({ besidePrograms: true, env: { REDIS_URL: redis.url } });
    const [port] = (await freePorts(1)).map(String) as [string];
    otherUrl = `http://localhost:${port}`;
    const callback = `${app.url}/callback`;
    other = await startServer('web', { ...app.env, PORT: port, LOG_LEVEL: 'info', AUTH0_REDIRECT_URI: callback });
  });
  after(async () => {
    await other.stop();
    await app.stop();
    await redis.stop();
  });

  /** Signs in again and again, in new browsers that the provider knows, while `meanwhile` runs again and again. */
  async function race(user: string, meanwhile: (round: number) => Promise<unknown>): Promise<HttpClient[]> {
    const clients: HttpClient[] = [];
    let begun = 0;
    const signingIn = async () => {
      const atProvider = await signedInAs(app, user);
      clients.push(atProvider);
      while (begun++ < ROUNDS) {
        const client = createHttpClient();
        for (const cookie of await atProvider.jar.getCookies(app.providerUrl)) {
          if (cookie.key.startsWith('provider_')) await client.jar.setCookie(cookie.toString(), app.providerUrl);
        }
        const { pathname, search } = new URL(await callbackUrlOf(client, `${app.url}/login`, user));
        const home = clients.length % 2 ? app.url : otherUrl;
        const answer = await client.get(home + pathname + search);
        assert.equal(answer.status, 302, await answer.text());
        clients.push(client);
      }
    };
    let isOver = false;
    const other = (async () => {
      for (let round = 0; !isOver; round += 1) await meanwhile(round);
    })();
    await Promise.all(Array.from({ length: PARALLEL }, signingIn));
    isOver = true;
    await other;
    return clients;
  }

  const isSignedIn = async (client: HttpClient) => (await client.get(`${app.url}/profile`, JSON_ONLY)).status === 200;

  interface Listed {
    readonly sessions: readonly { readonly id: string; readonly current: boolean }[];
    readonly next?: string;
  }

  /** Every session that is listed for this browser's user, page by page. */
  async function listed(client: HttpClient): Promise<Listed['sessions']> {
    const all: Listed['sessions'][number][] = [];
    for (let next: string | undefined = '/sessions'; next;) {
      const page = (await (await client.get(otherUrl + next, JSON_ONLY)).json()) as Listed;
      all.push(...page.sessions);
      ({ next } = page);
    }
    return all;
  }

  async function countSignedIn(clients: readonly HttpClient[]): Promise<number> {
    const standing = await Promise.all(clients.map(isSignedIn));
    return standing.filter(Boolean).length;
  }

  it('a look loses none of them', async () => {
    const watcher = await signedInAs(app, 'carol');
    const clients = await race('carol', () => watcher.get(`${otherUrl}/sessions`, JSON_ONLY));
    assert.equal(await countSignedIn(clients), clients.length);
    assert.equal((await listed(watcher)).length, clients.length + 1);
    assert.equal((await watcher.postForm(`${otherUrl}/sessions/revoke-others`, {}, JSON_ONLY)).status, 204);
    assert.equal(await countSignedIn(clients), 0);
    assert.deepEqual(
      (await listed(watcher)).map(({ current }) => current),
      [true],
    );
  });

  it('"sign out everywhere else" leaves none that is not listed', async () => {
    const watcher = await signedInAs(app, 'dave');
    const revokeOthers = () => watcher.postForm(`${otherUrl}/sessions/revoke-others`, {}, JSON_ONLY);
    const clients = await race('dave', revokeOthers);
    assert.equal((await listed(watcher)).length, (await countSignedIn(clients)) + 1);
    await revokeOthers();
    assert.equal(await countSignedIn(clients), 0);
    assert.equal(await isSignedIn(watcher), true);
  });

  it('the operator ends all, also those that are on their way', async () => {
    const clients = await race('bob', () => app.door.endSessions({ sub: 'local|bob' }));
    const left = await countSignedIn(clients);
    assert.equal(await app.door.endSessions({ sub: 'local|bob' }), left);
    assert.equal(await countSignedIn(clients), 0);
  });

  it('what ended at the provider never begins here, whichever comes first', async () => {
    const { index } = app.inside.sessions;
    for (let round = 0; round < ROUNDS; round += 1) {
      const client = createHttpClient();
      const first = await callbackUrlOf(client, `${app.url}/login`, 'alice');
      await client.get(first);
      const profile = await client.get(`${app.url}/profile`, JSON_ONLY);
      const { sid } = ((await profile.json()) as { user: { sid: string } }).user;
      // A second login of the same browser, in the same session at the provider.
      const { pathname, search } = new URL(await callbackUrlOf(client, `${app.url}/login`, 'alice'));
      const ended = index?.endProviderSession(sid);
      if (round % 2) await ended;
      const answer = await client.get(otherUrl + pathname + search);
      assert.equal(answer.status, 302);
      await ended;
      assert.equal(await isSignedIn(client), false, `round ${round}`);
    }
  });
});
