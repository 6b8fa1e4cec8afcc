import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { LoadedSession, SessionStore } from './session-store.ts';

export interface SuiteOptions {
  readonly now: () => number;
  readonly rollingSeconds: number;
  readonly absoluteSeconds: number;
}

/** What every session store has to do. `open` makes stores on one and the same storage. */
export function describeSessionStore(name: string, open: (options: SuiteOptions) => SessionStore): void {
  describe(`${name}, as a session store`, () => {
    const clock = { ms: Date.now() };
    const options = { now: () => clock.ms, rollingSeconds: 600, absoluteSeconds: 3600 };
    const pass = (seconds: number) => {
      clock.ms += seconds * 1000;
    };

    async function found(store: SessionStore, id: string): Promise<LoadedSession> {
      const session = await store.find(id);
      assert.ok(session && session !== 'revoked');
      return session;
    }

    it('finds what was created, and nothing under another id', async () => {
      const store = open(options);
      const id = randomUUID();
      await store.create(id, { access_token: 'a' });
      assert.deepEqual((await found(store, id)).data, { access_token: 'a' });
      assert.equal(await store.find(randomUUID()), undefined);
      assert.deepEqual((await found(open(options), id)).data, { access_token: 'a' });
    });

    it('never creates a session under an id that is there', async () => {
      const store = open(options);
      const id = randomUUID();
      await store.create(id, { scope: 'first' });
      await store.create(id, { scope: 'second' });
      assert.equal((await found(store, id)).data.scope, 'first');
    });

    it('keeps the writes of eight concurrent writers of different fields', async () => {
      const store = open(options);
      const id = randomUUID();
      await store.create(id, {});
      await Promise.all(
        Array.from({ length: 8 }, async (_, n) => {
          const session = await found(store, id);
          Object.assign(session.data, { [`field${n}`]: n });
          assert.equal(await store.update(id, session), true);
        }),
      );
      const expected = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`field${n}`, n]));
      assert.deepEqual((await found(store, id)).data, expected);
    });

    it('a slow writer does not undo a refresh', async () => {
      const store = open(options);
      const id = randomUUID();
      await store.create(id, { access_token: 'old', refresh_token: 'r1', expires_at: 1 });
      const slow = await found(store, id);
      const fast = await found(store, id);
      Object.assign(fast.data, { access_token: 'new', refresh_token: 'r2', expires_at: 2 });
      await store.update(id, fast);
      Object.assign(slow.data, { visits: 1 });
      await store.update(id, slow);
      assert.deepEqual((await found(store, id)).data, {
        ...{ access_token: 'new', refresh_token: 'r2', expires_at: 2 },
        visits: 1,
      });
      assert.equal(slow.data.access_token, 'new');
    });

    it('takes the token fields as one: those of two refreshes never mix', async () => {
      const store = open(options);
      const id = randomUUID();
      await store.create(id, { access_token: 'a0', refresh_token: 'r0', scope: 's0' });
      const [one, two] = [await found(store, id), await found(store, id)];
      Object.assign(one.data, { access_token: 'a1', refresh_token: 'r1' });
      Object.assign(two.data, { access_token: 'a2', scope: 's2' });
      await store.update(id, one);
      await store.update(id, two);
      assert.deepEqual((await found(store, id)).data, {
        access_token: 'a2',
        refresh_token: 'r0',
        scope: 's2',
      });
    });

    it('a removed field stays removed', async () => {
      const store = open(options);
      const id = randomUUID();
      await store.create(id, { scope: 'x', sid: 'y' });
      const [one, two] = [await found(store, id), await found(store, id)];
      delete one.data.sid;
      await store.update(id, one);
      Object.assign(two.data, { other: 1 });
      await store.update(id, two);
      assert.deepEqual((await found(store, id)).data, { scope: 'x', other: 1 });
    });

    it('what has ended stays so, whatever writes are still on their way', async () => {
      const store = open(options);
      const id = randomUUID();
      await store.create(id, { scope: 'x' });
      const session = await found(store, id);
      await store.end(id);
      await store.end(id);
      Object.assign(session.data, { late: true });
      assert.equal(await store.update(id, session), false);
      pass(120);
      assert.equal(await store.touch(id, session), false);
      assert.equal(await store.find(id), undefined);
    });

    it('what was revoked stays so, and says so', async () => {
      const store = open(options);
      const id = randomUUID();
      await store.create(id, { scope: 'x' });
      const session = await found(store, id);
      await store.revokeNamed(store.nameOf(id));
      Object.assign(session.data, { late: true });
      assert.equal(await store.update(id, session), false);
      pass(120);
      assert.equal(await store.touch(id, session), false);
      assert.equal(await store.find(id), 'revoked');
      await store.revokeNamed(store.nameOf(randomUUID()));
    });

    it('ends after the idle lifetime, unless it is touched', async () => {
      const store = open(options);
      const [idle, used] = [randomUUID(), randomUUID()];
      await store.create(idle, {});
      await store.create(used, {});
      pass(599);
      assert.equal(await store.touch(used, await found(store, used)), true);
      assert.ok(await store.find(idle));
      pass(2);
      assert.equal(await store.find(idle), undefined);
      assert.ok(await store.find(used));
    });

    it('ends after the absolute lifetime, however often it is used', async () => {
      const store = open(options);
      const id = randomUUID();
      await store.create(id, {});
      for (let minutes = 0; minutes < 59; minutes += 5) {
        const session = await found(store, id);
        Object.assign(session.data, { minutes });
        await store.update(id, session);
        assert.ok(session.expiresAt <= session.createdAt + options.absoluteSeconds);
        pass(300);
      }
      assert.equal(await store.find(id), undefined);
    });

    it('touches at most once a minute, or a quarter of a short idle lifetime', async () => {
      const store = open(options);
      const id = randomUUID();
      await store.create(id, {});
      pass(59);
      const session = await found(store, id);
      assert.equal(await store.touch(id, session), false);
      pass(1);
      assert.equal(await store.touch(id, session), true);
      assert.equal(await store.touch(id, session), false);
      const short = open({ ...options, rollingSeconds: 8 });
      const other = randomUUID();
      await short.create(other, {});
      pass(2);
      assert.equal(await short.touch(other, await found(short, other)), true);
    });
  });
}
