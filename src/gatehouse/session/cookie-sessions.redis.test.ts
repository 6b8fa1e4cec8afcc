import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { startApp, type TestApp, type TestParts } from '../../../e2e/support/app.ts';
import { createHttpClient, type HttpClient } from '../../../e2e/support/http-client.ts';
import { signIn } from '../../../e2e/support/sign-in.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import type { Route } from '../../app/routes.ts';

/** Typed as any string, so TypeScript does not look for it in what the app declares that its sessions hold. */
const FILLER: string = 'filler';

function testRoutes({ door }: TestParts): readonly Route[] {
  const { signedIn: access } = door;
  return [
    {
      method: 'get',
      path: '/test/resize',
      access,
      handlers: [
        async (req, res) => {
          // Random, so that compression cannot make it smaller.
          const filler = randomBytes(Number(req.query['characters'])).toString('base64url');
          await door.session(req)?.save({ [FILLER]: filler.slice(0, Number(req.query['characters'])) });
          res.json({});
        },
      ],
    },
    {
      method: 'get',
      path: '/test/size',
      access,
      handlers: [
        (req, res) => {
          const { [FILLER]: filler }: Readonly<Record<string, unknown>> = door.session(req)?.data ?? {};
          res.json(typeof filler === 'string' ? filler.length : undefined);
        },
      ],
    },
  ];
}

/** The cookies of the session, by name. */
async function partsOf(client: HttpClient, app: TestApp): Promise<ReadonlyMap<string, string>> {
  const cookies = await client.jar.getCookies(app.url);
  return new Map(cookies.filter(({ key }) => /^gatehouse(\.|$)/.test(key)).map(({ key, value }) => [key, value]));
}

it('a session in cookies that gets smaller stays whole, in parts that browsers take', async (t) => {
  const app = await startApp({ routes: testRoutes });
  t.after(() => app.stop());
  const client = createHttpClient();
  await signIn(client, `${app.url}/login`);
  for (const [characters, count] of [
    [10500, 4],
    [7500, 3],
    [3500, 2],
    [10500, 4],
    [10, 1],
    [10, 1],
  ] as const) {
    const answer = await client.get(`${app.url}/test/resize?characters=${characters}`);
    assert.equal(answer.status, 200, `still signed in, with ${characters} characters`);
    const parts = await partsOf(client, app);
    const names = Array.from({ length: count }, (_, n) => `gatehouse.${n}`);
    assert.deepEqual([...parts.keys()].sort(), names);
    for (const line of answer.headers.getSetCookie()) assert.ok(line.length < 4096, String(line.length));
    const full = names.slice(0, -1).map((name) => parts.get(name)?.replace(/^\d\.2\./, '').length);
    assert.deepEqual(
      full,
      names.slice(0, -1).map(() => 3800),
    );
    assert.equal(await (await client.get(`${app.url}/test/size`)).json(), characters);
  }
});

it('a session that would not fit into cookies is refused, and stays as it was', async (t) => {
  const app = await startApp({ routes: testRoutes });
  t.after(() => app.stop());
  const client = createHttpClient();
  await signIn(client, `${app.url}/login`);
  await client.get(`${app.url}/test/resize?characters=100`);
  const before = await partsOf(client, app);
  const answer = await client.get(`${app.url}/test/resize?characters=12500`, { accept: 'application/json' });
  assert.equal(answer.status, 431);
  assert.match(await answer.text(), /SESSION_TOO_LARGE/);
  assert.deepEqual(answer.headers.getSetCookie(), []);
  assert.deepEqual(await partsOf(client, app), before);
  assert.equal(await (await client.get(`${app.url}/test/size`)).json(), 100);
});

it('a session in cookies that is not there whole, or was changed, is none', async (t) => {
  const app = await startApp({ routes: testRoutes });
  t.after(() => app.stop());
  const client = createHttpClient();
  await signIn(client, `${app.url}/login`);
  await client.get(`${app.url}/test/resize?characters=7500`);
  const parts = [...(await partsOf(client, app))].sort();
  const statusWith = async (cookies: readonly (readonly [string, string])[]) => {
    const cookie = cookies.map(([name, value]) => `${name}=${value}`).join('; ');
    return (await createHttpClient().get(`${app.url}/test/size`, { accept: 'application/json', cookie })).status;
  };
  assert.equal(parts.length, 3);
  assert.equal(await statusWith(parts), 200);
  assert.equal(await statusWith([...parts].reverse()), 200);
  for (let n = 0; n < parts.length; n += 1) {
    assert.equal(await statusWith(parts.filter((_, other) => other !== n)), 401, `without part ${n}`);
    const changed = parts.map(
      ([name, value], other) => [name, other === n ? `${value.slice(0, -9)}A` : value] as const,
    );
    assert.equal(await statusWith(changed), 401, `with another part ${n}`);
  }
});

it('a session in cookies is written when it changed, and else as often as it has to be touched', async (t) => {
  const app = await startApp({
    // With this, a touch is due every four seconds.
    env: { SESSION_ROLLING_SECONDS: '16' },
    routes: testRoutes,
  });
  t.after(() => app.stop());
  const client = createHttpClient();
  await signIn(client, `${app.url}/login`);
  const isWritten = async (path: string) => {
    const answer = await client.get(app.url + path);
    assert.equal(answer.status, 200);
    return answer.headers.getSetCookie().some((line) => line.startsWith('gatehouse.0='));
  };
  // The change has just been written, so no touch is due yet.
  assert.equal(await isWritten('/test/resize?characters=10'), true);
  assert.equal(await isWritten('/profile'), false);
  await waitFor('a touch', () => isWritten('/profile'));
  assert.equal(await isWritten('/profile'), false);
});

it('a cookie that is no session of ours is cleared at a logout', async (t) => {
  const app = await startApp();
  t.after(() => app.stop());
  const client = createHttpClient();
  for (const cookie of ['gatehouse.0=2.of-somebody', 'gatehouse.1=else', 'gatehouse.7=old', 'theirs=stays']) {
    await client.jar.setCookie(cookie, app.url);
  }
  const answer = await client.get(`${app.url}/logout`);
  assert.equal(answer.status, 302);
  const cleared = answer.headers.getSetCookie().map((line) => line.slice(0, line.indexOf(';') + 1));
  assert.deepEqual(cleared.sort(), ['gatehouse.0=;', 'gatehouse.1=;', 'gatehouse.7=;']);
  assert.equal(await client.jar.getCookieString(app.url), 'theirs=stays');
});

it('of two cookies with one name neither is taken for a part of a session, which the log says', async (t) => {
  const warned: string[] = [];
  const nothing = () => undefined;
  const log = { debug: nothing, info: nothing, error: nothing, warn: (_: object, text: string) => warned.push(text) };
  const app = await startApp({ routes: testRoutes, door: { log } });
  t.after(() => app.stop());
  const cookieOf = async (username: string, characters: number) => {
    const client = createHttpClient();
    await signIn(client, `${app.url}/login`, username);
    await client.get(`${app.url}/test/resize?characters=${characters}`);
    const parts = await partsOf(client, app);
    return [...parts].map(([name, value]) => `${name}=${value}`);
  };
  const [small, theirs, large] = [
    await cookieOf('alice', 10),
    await cookieOf('bob', 10),
    await cookieOf('alice', 7500),
  ];
  const statusWith = async (...pairs: string[]) => {
    const headers = { accept: 'application/json', cookie: pairs.join('; ') };
    return (await createHttpClient().get(`${app.url}/profile`, headers)).status;
  };
  assert.equal(await statusWith(...large), 200);
  assert.equal(await statusWith('gatehouseX', ...small, 'gatehouse.0X', 'gatehouse.12=x'), 200, 'none of ours');
  assert.deepEqual(warned, []);
  const twice = [
    [...small, ...theirs],
    [...theirs, 'a=b', ...small],
    [...small, 'gatehouse.0=x'],
    [...large, 'gatehouse.1=x'],
    ['gatehouse.2=', ...large],
  ];
  for (const pairs of twice)
    assert.equal(await statusWith(...pairs), 401, pairs.map((pair) => pair.slice(0, 20)).join());
  assert.equal(warned.length, twice.length);
  assert.match(warned[0] ?? '', /^two session cookies .*: neither is taken$/);
});
