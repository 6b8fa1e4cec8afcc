import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { postJson } from '../support/foreign-stack.ts';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { bodyOf, JSON_ONLY, meAt, save, statusAt } from '../support/two-releases-visit.ts';
import { lastRelease, type Side, startTwoReleases, type TwoReleases } from '../support/two-releases.ts';

const token = async (client: HttpClient, { url }: Side) =>
  (await bodyOf<{ value: string }>(await client.get(`${url}/token`, JSON_ONLY))).value;
const renewed = async (client: HttpClient, { url }: Side) =>
  (await bodyOf<{ value: string }>(await postJson(client, `${url}/token`, {}))).value;

it('a kept release is small, and built', () => {
  assert.ok(statSync(lastRelease()).size < 200 * 1024);
  assert.match(readFileSync('e2e/fixtures/README.md', 'utf8'), new RegExp(lastRelease().split('/').at(-1) ?? '?'));
});

describe('the release before and this one, on one Redis', () => {
  let two: TwoReleases;
  before(async () => {
    two = await startTwoReleases();
  });
  after(() => two.stop());

  it('run side by side: what a session began with tells which one made it', async () => {
    for (const side of [two.old, two.new]) {
      const alice = await two.signedIn(side);
      assert.deepEqual((await meAt(alice, side)).data, { begunAt: side.name });
    }
  });

  it('let users go to and fro, wherever they signed in', async () => {
    for (const [begun, finished] of [
      [two.old, two.old],
      [two.new, two.new],
      [two.old, two.new],
      [two.new, two.old],
    ] as const) {
      const alice = await two.signedIn(begun, finished);
      const me = await meAt(alice, two.old);
      assert.deepEqual([me.sub, me.data], ['local|alice', { begunAt: finished.name }]);
      for (const side of two.turns(20)) assert.deepEqual(await meAt(alice, side), me);
      const atOnce = await Promise.all(two.turns(20).map((side) => meAt(alice, side)));
      for (const seen of atOnce) assert.deepEqual(seen, me);
    }
  });

  it('keep what is saved at both, one after another and at once, and remove what either removes', async () => {
    for (const side of [two.old, two.new]) {
      const alice = await two.signedIn(side);
      let expected: Record<string, unknown> = { begunAt: side.name };
      for (const [n, at] of two.turns(6).entries()) {
        const changes = { [`${at.name}${n}`]: { n, of: at.name }, last: n };
        expected = { ...expected, ...changes };
        assert.deepEqual(await save(alice, at, changes), expected);
      }
      await Promise.all(two.turns(50).map((at, n) => save(alice, at, { [`atOnce${n}`]: n })));
      // Each release removes what the other has saved.
      const removed = [`${two.old.url}/data/new1/remove`, `${two.new.url}/data/old0/remove`];
      for (const answer of await Promise.all(removed.map((url) => postJson(alice, url, {})))) await bodyOf(answer);
      delete expected['new1'];
      delete expected['old0'];
      for (let n = 0; n < 50; n += 1) expected[`atOnce${n}`] = n;
      for (const at of [two.old, two.new]) assert.deepEqual((await meAt(alice, at)).data, expected);
    }
  });

  it('touch what the other has written, and it stays whole', async () => {
    const alice = await two.signedIn(two.old);
    const me = await meAt(alice, two.old);
    const { key } = await two.sessionOf(() => meAt(alice, two.new));
    for (const side of two.turns(4)) {
      await save(alice, side === two.old ? two.new : two.old, { by: side.name });
      const [format, version, touchedAt, sealed] = ((await two.admin.get(key)) ?? '').split(' ');
      await two.admin.set(key, [format, version, Number(touchedAt) - 300, sealed].join(' '));
      const answer = await alice.get(`${side.url}/me`, JSON_ONLY);
      assert.match(answer.headers.getSetCookie().join(), /^gatehouse_\w{8}=/, 'a touch');
      assert.deepEqual(await bodyOf(answer), { ...me, data: { ...me.data, by: side.name } });
      assert.ok(Number(((await two.admin.get(key)) ?? '').split(' ')[2]) >= Number(touchedAt));
    }
  });

  it('renew tokens for one another, by turns and at once', async () => {
    const alice = await two.signedIn(two.old);
    const seen = new Set([await token(alice, two.old)]);
    for (const side of two.turns(4)) {
      const value = await renewed(alice, side);
      assert.ok(!seen.has(value));
      seen.add(value);
      for (const at of [two.old, two.new]) assert.equal(await token(alice, at), value);
    }
  });

  it('renew a token that both need at once only once', async () => {
    for (const side of two.turns(6)) {
      const alice = await two.signedIn(side);
      const before = await token(alice, side);
      const values = new Set(await Promise.all(two.turns(6).map((at) => renewed(alice, at))));
      assert.equal(values.size, 1);
      assert.ok(!values.has(before));
      for (const at of two.turns(2)) assert.ok(values.has(await token(alice, at)));
    }
  });

  it('sign out at one, and it is at both; with a copy of the cookie, too', async () => {
    for (const [side, other] of [
      [two.old, two.new],
      [two.new, two.old],
    ] as const) {
      const alice = await two.signedIn(other);
      const thief = createHttpClient();
      for (const cookie of await alice.jar.getCookies(side.url)) await thief.jar.setCookie(cookie, side.url);
      assert.equal(await statusAt(thief, side), 200);
      await alice.get(`${side.url}/logout`);
      for (const client of [alice, thief]) {
        for (const at of [other, side]) assert.equal(await statusAt(client, at), 401);
      }
    }
  });

  it('list and end the sessions of one another', async () => {
    for (const [side, other] of [
      [two.old, two.new],
      [two.new, two.old],
    ] as const) {
      const [here, there] = [await two.signedIn(side, side, 'carol'), await two.signedIn(other, other, 'carol')];
      const { sessions } = await bodyOf<{ sessions: { id: string }[] }>(
        await here.get(`${side.url}/sessions`, JSON_ONLY),
      );
      const both = [(await meAt(here, side)).id, (await meAt(there, side)).id];
      assert.deepEqual(sessions.map(({ id }) => id).sort(), both.sort());
      await postJson(here, `${side.url}/sessions/revoke-others`, {});
      const told = await there.get(`${other.url}/me`);
      assert.equal(told.status, 401);
      assert.match(await told.text(), /SIGNED_OUT/);
      const { sub } = await meAt(here, other);
      assert.equal(await bodyOf(await postJson(createHttpClient(), `${other.url}/end`, { sub })), 1);
      for (const at of [side, other]) assert.equal(await statusAt(here, at), 401);
    }
  });

  it('leave a session alone that a still newer release has written', async () => {
    const [alice, elsewhere] = [await two.signedIn(two.new), await two.signedIn(two.old)];
    await save(alice, two.old, { cart: 'full' });
    const me = await meAt(alice, two.new);
    const { key, value } = await two.sessionOf(() => meAt(alice, two.old));
    const newer = value.replace(/^\d+/, '99');
    assert.notEqual(newer, value);
    const lives = await two.admin.pTTL(key);
    await two.admin.set(key, newer, { expiration: { type: 'PX', value: lives } });
    for (const { url } of two.turns(4)) {
      for (const answer of [
        await alice.get(`${url}/me`, JSON_ONLY),
        await alice.get(`${url}/token`, JSON_ONLY),
        await alice.get(`${url}/me`),
        await postJson(alice, `${url}/data`, { cart: 'lost' }),
        await alice.get(`${url}/logout`),
      ]) {
        assert.equal(answer.status, 503, answer.url);
        assert.ok(answer.headers.has('retry-after'));
        assert.deepEqual(answer.headers.getSetCookie(), []);
      }
      assert.equal((await elsewhere.get(`${url}/sessions`, JSON_ONLY)).status, 200);
      assert.equal(await two.admin.get(key), newer);
    }
    assert.ok((await two.admin.pTTL(key)) > lives - 60_000);
    await two.admin.set(key, value);
    for (const side of two.turns(4)) assert.deepEqual(await meAt(alice, side), me);
    const { sessions } = await bodyOf<{ sessions: { id: string }[] }>(
      await elsewhere.get(`${two.new.url}/sessions`, JSON_ONLY),
    );
    assert.ok(sessions.some(({ id }) => id === me.id));
  });
});
