import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Change, SessionStore } from './redis-session-store.ts';
import type { SessionContent } from './session-content.ts';
import { endsAt } from './session-lifetime.ts';
import type { StoredSession } from './stored-session.ts';

export interface SuiteOptions {
  readonly now: () => number;
  readonly rollingSeconds: number;
  readonly absoluteSeconds: number;
}

/** The content of somebody's session, with these fields on top. */
export function contentWith(fields: Partial<SessionContent> = {}): SessionContent {
  return { claims: { sub: 'local|alice' }, id_token: 'an ID token', asked: { at: 1 }, logins: [], ...fields };
}

/** Writes the host's own fields, as `save` does. */
const saving =
  (fields: Record<string, unknown>): Change =>
  (content) => {
    content.data = { ...content.data, ...fields };
  };

/** Creates a session, which must not exist yet. */
export async function begin(store: SessionStore, name: string, content: SessionContent): Promise<StoredSession> {
  const created = await store.create(name, content);
  assert.ok(created);
  return created;
}

/** Tests what every session store has to do. All stores that `open` makes use the same storage. */
export function describeSessionStore(name: string, open: (options: SuiteOptions) => SessionStore): void {
  describe(`${name}, as a session store`, () => {
    const clock = { ms: Date.now() };
    const options = { now: () => clock.ms, rollingSeconds: 600, absoluteSeconds: 3600 };
    const pass = (seconds: number) => {
      clock.ms += seconds * 1000;
    };

    async function found(store: SessionStore, session: string): Promise<StoredSession> {
      const stored = await store.find(session);
      assert.ok(stored && stored !== 'revoked');
      return stored;
    }

    it('finds what was created, and nothing under another name', async () => {
      const store = open(options);
      const session = randomUUID();
      const content = contentWith({ access_token: 'a', data: { theme: 'dark' } });
      const created = await begin(store, session, content);
      assert.deepEqual(await found(store, session), created);
      assert.deepEqual(created.content, content);
      assert.equal(await store.find(randomUUID()), undefined);
      assert.deepEqual((await found(open(options), session)).content, content);
    });

    it('never creates a session under a name that is there', async () => {
      const store = open(options);
      const session = randomUUID();
      await begin(store, session, contentWith({ scope: 'first' }));
      assert.equal(await store.create(session, contentWith({ scope: 'second' })), undefined);
      assert.equal((await found(store, session)).content.scope, 'first');
    });

    it('keeps the writes of eight concurrent writers of different fields', async () => {
      const store = open(options);
      const session = randomUUID();
      const read = await begin(store, session, contentWith());
      // All writers have read the same version, so all but the first come too late.
      await Promise.all(
        Array.from({ length: 8 }, async (_, n) => {
          const written = await store.update(read, saving({ [`field${n}`]: n }));
          assert.ok(written && written !== 'revoked');
          assert.equal(written.content.data?.[`field${n}`], n);
        }),
      );
      const data = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`field${n}`, n]));
      const { content, version } = await found(store, session);
      assert.deepEqual(content, contentWith({ data }));
      assert.equal(version, 9);
      assert.deepEqual(read.content, contentWith());
    });

    it('a slow writer does not undo a refresh', async () => {
      const store = open(options);
      const session = randomUUID();
      await begin(store, session, contentWith({ access_token: 'old', refresh_token: 'r1', expires_at: 1 }));
      const slow = await found(store, session);
      const fast = await found(store, session);
      const refreshed = { access_token: 'new', refresh_token: 'r2', expires_at: 2 };
      await store.update(fast, (content) => void Object.assign(content, refreshed));
      const written = await store.update(slow, saving({ visits: 1 }));
      assert.deepEqual((await found(store, session)).content, contentWith({ ...refreshed, data: { visits: 1 } }));
      assert.deepEqual(written, await found(store, session));
    });

    it('lets a late writer decide on the newest content: tokens of two refreshes never mix', async () => {
      const store = open(options);
      const session = randomUUID();
      const first = { access_token: 'a0', refresh_token: 'r0', scope: 's0' };
      const read = await begin(store, session, contentWith(first));
      const seen: unknown[] = [];
      const refreshTo =
        (tokens: Partial<SessionContent>): Change =>
        (content) => {
          seen.push(content.refresh_token);
          if (content.refresh_token === 'r0') Object.assign(content, tokens);
        };
      await store.update(read, refreshTo({ access_token: 'a1', refresh_token: 'r1', scope: 's1' }));
      await store.update(read, refreshTo({ access_token: 'a2', refresh_token: 'r2' }));
      assert.deepEqual(seen, ['r0', 'r0', 'r1']);
      assert.deepEqual(
        (await found(store, session)).content,
        contentWith({ access_token: 'a1', refresh_token: 'r1', scope: 's1' }),
      );
    });

    it('a removed field stays removed', async () => {
      const store = open(options);
      const session = randomUUID();
      await begin(store, session, contentWith({ scope: 'x', refresh_token: 'y', data: { a: 1, b: 2 } }));
      const [one, two] = [await found(store, session), await found(store, session)];
      await store.update(one, (content) => {
        delete content.refresh_token;
        delete content.data?.['a'];
      });
      await store.update(two, saving({ c: 3 }));
      assert.deepEqual((await found(store, session)).content, contentWith({ scope: 'x', data: { b: 2, c: 3 } }));
    });

    it('a late touch undoes no write', async () => {
      const store = open(options);
      const session = randomUUID();
      const read = await begin(store, session, contentWith());
      await store.update(read, saving({ visits: 1 }));
      pass(60);
      assert.ok(await store.touch(read));
      assert.deepEqual((await found(store, session)).content, contentWith({ data: { visits: 1 } }));
    });

    it('what has ended stays so, whatever writes are still on their way', async () => {
      const store = open(options);
      const session = randomUUID();
      const read = await begin(store, session, contentWith({ scope: 'x' }));
      await store.end(session);
      await store.end(session);
      assert.equal(await store.update(read, saving({ late: true })), undefined);
      pass(120);
      assert.equal(await store.touch(read), undefined);
      assert.equal(await store.find(session), undefined);
    });

    it('what was revoked stays so, and says so', async () => {
      const store = open(options);
      const session = randomUUID();
      const read = await begin(store, session, contentWith({ scope: 'x' }));
      const { wasThere, content } = await store.revoke(session);
      assert.deepEqual({ wasThere, content }, { wasThere: true, content: read.content });
      assert.equal(await store.update(read, saving({ late: true })), 'revoked');
      pass(120);
      assert.equal(await store.touch(read), undefined);
      assert.equal(await store.find(session), 'revoked');
    });

    it('does not begin where it was revoked before it is kept', async () => {
      const store = open(options);
      const session = randomUUID();
      assert.equal((await store.revoke(session)).wasThere, false);
      assert.equal(await store.create(session, contentWith()), undefined);
      assert.equal(await store.find(session), 'revoked');
    });

    it('ends after the idle lifetime, unless it is touched', async () => {
      const store = open(options);
      const [idle, used] = [randomUUID(), randomUUID()];
      await begin(store, idle, contentWith());
      await begin(store, used, contentWith());
      pass(599);
      assert.ok(await store.touch(await found(store, used)));
      assert.ok(await store.find(idle));
      pass(2);
      assert.equal(await store.find(idle), undefined);
      assert.ok(await store.find(used));
    });

    it('ends after the absolute lifetime, however often it is used', async () => {
      const store = open(options);
      const session = randomUUID();
      const { createdAt } = await begin(store, session, contentWith());
      for (let minutes = 0; minutes < 59; minutes += 5) {
        const written = await store.update(await found(store, session), saving({ minutes }));
        assert.ok(written && written !== 'revoked');
        assert.equal(written.createdAt, createdAt);
        assert.ok(endsAt(written, options) <= createdAt + options.absoluteSeconds);
        pass(300);
      }
      assert.equal(await store.find(session), undefined);
    });

    it('ends with the session of the provider, where that says when, however often it is used', async () => {
      const store = open(options);
      const session = randomUUID();
      await begin(store, session, contentWith({ session_expires_at: Math.floor(clock.ms / 1000) + 300 }));
      pass(299);
      assert.ok(await store.touch(await found(store, session)));
      pass(1);
      assert.equal(await store.find(session), undefined);
    });

    it('touches at most once a minute, or a quarter of a short idle lifetime', async () => {
      const store = open(options);
      const session = randomUUID();
      await begin(store, session, contentWith());
      pass(59);
      const read = await found(store, session);
      assert.equal(await store.touch(read), undefined);
      pass(1);
      const touched = await store.touch(read);
      assert.deepEqual(touched, await found(store, session));
      assert.equal(touched?.touchedAt, read.touchedAt + 60);
      assert.equal(await store.touch(touched), undefined);
      const short = open({ ...options, rollingSeconds: 8 });
      const other = randomUUID();
      await begin(short, other, contentWith());
      pass(2);
      assert.ok(await short.touch(await found(short, other)));
    });
  });
}
