import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { answering, createGate, dropping, holding, rewriting } from '../../../e2e/support/provider-faults.ts';
import { tokenUser } from '../../../e2e/support/token-app.ts';
import { useTokenApp } from '../../../e2e/support/use-token-app.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';

const JSON_ONLY = { accept: 'application/json' };
const TOKEN = '/token';

const claimsOf = (jwt: unknown): Record<string, unknown> => decodeJwt(String(jwt));

/** A JWT that nobody signed. */
function unsigned(claims: object): string {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`;
}

for (const kind of ['Redis', 'cookie'] as const) {
  describe(`access tokens with ${kind} sessions`, () => {
    const app = useTokenApp(kind);

    it('a token that lives long enough is served as it is', async () => {
      const user = await tokenUser(app);
      const first = await user.token();
      assert.equal(first.outcome, 'token');
      app.faults.reset();
      await user.expire(70);
      assert.equal((await user.token()).value, first.value);
      assert.equal(app.faults.count(TOKEN), 0);
      await user.expire(50);
      assert.notEqual((await user.token()).value, first.value);
      assert.equal(app.faults.count(TOKEN), 1);
    });

    it('thirty parallel requests with an expired token cost one token request', async () => {
      const user = await tokenUser(app);
      await user.expire();
      app.faults.reset();
      const got = await Promise.all(Array.from({ length: 30 }, () => user.token()));
      assert.deepEqual([...new Set(got.map(({ outcome }) => outcome))], ['token']);
      assert.equal(new Set(got.map(({ value }) => value)).size, 1);
      assert.equal(app.faults.count(TOKEN), 1);
      assert.equal((await user.token('force')).outcome, 'token');
      assert.deepEqual(app.events, []);
    });

    it('who insists without end gets the token of a moment ago, and stops nobody', async () => {
      const [user, other] = [await tokenUser(app), await tokenUser(app)];
      app.faults.reset();
      const { value } = await user.token('force');
      for (let times = 0; times < 20; times += 1) assert.equal((await user.token('force')).value, value);
      assert.equal(app.faults.count(TOKEN), 1);
      app.faults.on(TOKEN, answering(429, { error: 'slow_down' }, { 'retry-after': '30' }));
      assert.equal((await other.token('force')).outcome, 'unavailable');
      app.faults.reset();
      // A refresh that is needed still goes out: the 429 to a forced one has not closed the gate.
      const third = await tokenUser(app);
      await third.expire();
      assert.equal((await third.token()).outcome, 'token');
    });

    it('who insists in vain is told so after ten times a minute, and still gets what is needed', async () => {
      const user = await tokenUser(app);
      app.faults.reset();
      app.faults.on(TOKEN, answering(503, {}));
      for (let times = 0; times < 10; times += 1) assert.equal((await user.token('force')).outcome, 'unavailable');
      assert.equal((await user.token('force')).outcome, 'too often');
      assert.equal(app.faults.count(TOKEN), 10);
      app.faults.reset();
      assert.equal((await user.token()).outcome, 'token');
      // Now the token has expired, so a refresh is really needed.
      await user.expire();
      assert.equal((await user.token('force')).outcome, 'token');
    });

    it('one that is needed anyway closes the gate also where somebody insists on it', async () => {
      const user = await tokenUser(app);
      await user.expire();
      app.faults.reset();
      app.faults.on(TOKEN, answering(429, { error: 'slow_down' }, { 'retry-after': '2' }));
      for (let times = 0; times < 3; times += 1) assert.equal((await user.token('force')).fault?.kind, 'busy');
      assert.equal(app.faults.count(TOKEN), 1);
      app.faults.reset();
      await waitFor('the end of the pause', async () => (await user.token()).outcome === 'token');
    });

    it('while the provider fails, each renewal tries no more than three times, and those who know of it once', async () => {
      const users = await Promise.all(Array.from({ length: 6 }, () => tokenUser(app)));
      for (const user of users) await user.expire();
      app.faults.reset();
      app.faults.on(TOKEN, answering(503, {}));
      for (const user of users) await user.token();
      assert.ok(app.faults.count(TOKEN) <= 3 + 5, String(app.faults.count(TOKEN)));
      app.faults.reset();
      for (const user of users) assert.equal((await user.token()).outcome, 'token');
    });

    it('so do thirty that all insist on a new one', async () => {
      const user = await tokenUser(app);
      const before = await user.token();
      app.faults.reset();
      const gate = createGate();
      app.faults.on(TOKEN, holding(gate.opened));
      const asked = Array.from({ length: 30 }, () => user.token('force'));
      await waitFor('the token request', () => app.faults.count(TOKEN) > 0);
      gate.open();
      const values = new Set((await Promise.all(asked)).map(({ value }) => value));
      assert.ok(!values.has(before.value));
      assert.equal(app.faults.count(TOKEN), values.size);
      assert.deepEqual(app.events, []);
    });

    it('an answer without expires_in, scope or a JWT has sane meanings', async () => {
      const user = await tokenUser(app);
      const granted = (await user.token()).scope;
      await user.expire();
      app.faults.on(
        TOKEN,
        rewriting(({ expires_in: _in, scope: _scope, ...rest }) => ({ ...rest, access_token: 'opaque' })),
      );
      assert.deepEqual(await user.token(), {
        outcome: 'token',
        value: 'opaque',
        type: 'Bearer',
        isRenewable: true,
        expiresIn: 300,
        age: 0,
        scope: granted,
      });
      app.faults.reset();
      assert.equal((await user.token()).value, 'opaque');
    });

    it('a login whose token is opaque and says nothing works, and what it was granted is known', async () => {
      app.faults.on(
        TOKEN,
        rewriting(({ expires_in: _in, ...rest }) => ({
          ...rest,
          access_token: 'opaque',
          scope: 'openid profile',
        })),
      );
      const user = await tokenUser(app);
      const { value, scope, expiresIn = 0 } = await user.token();
      assert.deepEqual([value, scope], ['opaque', 'openid profile']);
      assert.ok(expiresIn > 290 && expiresIn <= 300);
    });

    it('a refreshed ID token of another subject, issuer or audience ends the session', async () => {
      for (const change of [{ sub: 'local|mallory' }, { iss: 'https://evil.example' }, { aud: 'other' }]) {
        const user = await tokenUser(app);
        await user.expire();
        app.faults.on(
          TOKEN,
          rewriting((body) => ({
            ...body,
            id_token: unsigned({ ...claimsOf(body['id_token']), ...change }),
          })),
        );
        assert.deepEqual(await user.token(), { outcome: 'refused' });
        assert.equal((await user.client.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
        app.faults.reset();
      }
    });

    it('one that is not signed by the provider, or too old, is not used, and the session stays', async () => {
      const past = { exp: 1_000_000_000 };
      for (const change of [{}, past]) {
        const user = await tokenUser(app);
        await user.expire();
        app.faults.on(
          TOKEN,
          rewriting((body) => ({
            ...body,
            id_token: unsigned({ ...claimsOf(body['id_token']), ...change }),
          })),
        );
        const got = await user.token();
        assert.deepEqual([got.outcome, got.fault?.kind], ['unavailable', 'nonsense']);
        app.faults.reset();
        assert.equal((await user.token()).outcome, 'token');
      }
      assert.deepEqual(app.events, []);
    });

    it('a logout revokes the refresh token; one that cannot be revoked ends the session all the same', async () => {
      const user = await tokenUser(app);
      const { refresh_token: token } = await user.session();
      app.faults.reset();
      assert.equal((await user.client.get(`${app.url}/logout`)).status, 302);
      assert.equal(app.faults.count('/token/revocation'), 1);
      const credentials = Buffer.from('gatehouse-test:client-secret-of-the-tests-and-of-nobody-else');
      const reply = await fetch(`${app.providerUrl}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${credentials.toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: String(token) }),
      });
      assert.equal(((await reply.json()) as { error: string }).error, 'invalid_grant');

      for (const fault of [answering(500, 'no'), dropping]) {
        const another = await tokenUser(app);
        app.faults.on('/token/revocation', fault);
        assert.equal((await another.client.get(`${app.url}/logout`)).status, 302);
        assert.equal((await another.client.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
      }
    });
  });
}
