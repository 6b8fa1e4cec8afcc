import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createClient } from 'redis';
import { startApp, type TestApp } from '../support/app.ts';
import { createHttpClient } from '../support/http-client.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { callbackUrlOf, signedInAs } from '../support/sign-in.ts';
import { createRandom, type Random } from './random.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(1_000_000));
const JSON_ONLY = { accept: 'application/json' };
/** How many places of a long value are tried; in a short one, all are. */
const PLACES = 400;

/** Copies of the value with one bit of one character changed, a character left out, or an end cut off or added to. */
function* mutants(value: string, random: Random): Generator<string> {
  const step = Math.max(1, Math.floor(value.length / PLACES));
  for (let at = random.below(step); at < value.length; at += step) {
    const changed = String.fromCharCode(value.charCodeAt(at) ^ (1 << random.below(5)));
    // A character that ends a cookie's value, or may not be in one, would not test the value.
    if (/[\w.~{}:,"-]/.test(changed)) yield value.slice(0, at) + changed + value.slice(at + 1);
    if (at % 7 === 0) yield value.slice(0, at) + value.slice(at + 1);
  }
  yield value.slice(1);
  yield value.slice(0, -1);
  yield `${value}A`;
}

/** Whether both hold the same bytes. After the dots comes base64, whose last character has bits that mean nothing. */
function areSame(mutant: string, value: string): boolean {
  const [a, b] = [mutant, value].map((text) => /^(\d\.2\.)?([\w-]*)$/.exec(text) ?? []);
  return a?.[1] === b?.[1] && Buffer.from(a?.[2] ?? '', 'base64url').equals(Buffer.from(b?.[2] ?? '', 'base64url'));
}

describe(`values that were changed bit by bit, seed ${SEED}`, () => {
  const random = createRandom(SEED);
  let redis: RedisServer;
  let app: TestApp;
  let cookieApp: TestApp;
  before(async () => {
    redis = await startRedis();
    [app, cookieApp] = await Promise.all([startApp({ env: { REDIS_URL: redis.url } }), startApp()]);
  });
  after(async () => {
    await Promise.all([app.stop(), cookieApp.stop()]);
    await redis.stop();
  });

  const ask = ({ url }: TestApp, path: string, cookie: string) =>
    fetch(url + path, { headers: { ...JSON_ONLY, cookie }, redirect: 'manual' });
  async function cookiesOf({ url }: TestApp, user: string, name: string): Promise<[string, string][]> {
    const cookies = await (await signedInAs({ url }, user)).jar.getCookies(url);
    return cookies.filter(({ key }) => key.startsWith(name)).map(({ key, value }) => [key, value]);
  }

  it('sign nobody in: the cookie of a session in Redis', async () => {
    const [[name, value] = ['', '']] = await cookiesOf(app, 'alice', 'gatehouse');
    assert.equal((await ask(app, '/profile', `${name}=${value}`)).status, 200);
    for (const mutant of mutants(value, random)) {
      const { status } = await ask(app, '/profile', `${name}=${mutant}`);
      assert.equal(status, 401, mutant);
    }
  });

  it('sign nobody in: a session in cookies', async () => {
    const parts = await cookiesOf(cookieApp, 'alice', 'gatehouse.');
    const headerOf = (pairs: readonly (readonly [string, string])[]) => pairs.map((pair) => pair.join('=')).join('; ');
    assert.equal((await ask(cookieApp, '/profile', headerOf(parts))).status, 200);
    for (const [n, [name, value]] of parts.entries()) {
      for (const mutant of mutants(value, random)) {
        const pairs = parts.map((pair, other) => (other === n ? ([name, mutant] as const) : pair));
        const answer = await ask(cookieApp, '/profile', headerOf(pairs));
        // The same bytes are the same session.
        assert.equal(answer.status, areSame(mutant, value) ? 200 : 401, mutant);
      }
    }
  });

  it('finish no login: the cookie of a login', async () => {
    const client = createHttpClient();
    const callback = new URL(await callbackUrlOf(client, `${app.url}/profile`, 'alice'));
    const [login] = (await client.jar.getCookies(app.url)).filter(({ key }) => key.startsWith('gatehouse_login'));
    assert.ok(login);
    for (const mutant of mutants(`${login.key}=${login.value}`, random)) {
      const answer = await ask(app, callback.pathname + callback.search, mutant);
      assert.ok(answer.status === 400 || answer.status === 503, `${answer.status} ${mutant}`);
      assert.deepEqual(
        answer.headers.getSetCookie().filter((line) => line.startsWith('gatehouse=')),
        [],
      );
    }
    assert.equal((await client.get(callback.href)).headers.get('location'), '/profile');
  });

  it('are nobody’s: what Redis holds of a session, also where it is moved to another', async () => {
    const [[name, cookie] = ['', '']] = await cookiesOf(app, 'carol', 'gatehouse');
    const [[, other] = ['', '']] = await cookiesOf(app, 'dave', 'gatehouse');
    const client = await createClient({ url: redis.url }).connect();
    try {
      const { sessions } = app.inside;
      const keyOf = async (sub: string) =>
        `gatehouse:session:${(await sessions.index?.list(`local|${sub}`))?.sessions[0]?.id ?? ''}`;
      const [mine, theirs] = [await keyOf('carol'), await keyOf('dave')];
      const value = (await client.get(mine)) ?? '';
      const sealedAt = value.lastIndexOf(' ') + 1;
      for (const mutant of mutants(value.slice(sealedAt), random)) {
        await client.set(mine, value.slice(0, sealedAt) + mutant);
        const { status } = await ask(app, '/profile', `${name}=${cookie}`);
        // To tell an unknown secret from a broken seal, the app asks who uses that secret: nobody does.
        assert.equal(status, areSame(mutant, value.slice(sealedAt)) ? 200 : 401, mutant);
      }
      for (const head of ['2 x 1 ', '', '2 1 ', '-1 1 1 ', '2  1 1 ', '2 1 99999999999999999999 ', '1 1 1 ']) {
        await client.set(mine, head + value.slice(sealedAt));
        assert.ok((await ask(app, '/profile', `${name}=${cookie}`)).status < 500, head);
      }
      await client.set(theirs, value);
      assert.equal((await ask(app, '/profile', `${name}=${other}`)).status, 401);
      await client.set(mine, value);
      assert.equal((await ask(app, '/profile', `${name}=${cookie}`)).status, 200);
    } finally {
      client.destroy();
    }
  });
});
