import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { answering, createGate, dropping, holding, rewriting } from '../../../e2e/support/provider-faults.ts';
import { type RedisServer, startRedis } from '../../../e2e/support/redis.ts';
import { type Got, REPORTS, startTokenApp, type TokenApp, tokenUser } from '../../../e2e/support/token-app.ts';
import { useTokenApp } from '../../../e2e/support/use-token-app.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';

const JSON_ONLY = { accept: 'application/json' };
const TOKEN = '/token';

/** A JWT that nobody signed. */
function unsigned(claims: object): string {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`;
}

function claimsOf(jwt: unknown): Record<string, unknown> {
  const [, payload = ''] = String(jwt).split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
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

    it('a refused refresh ends the session', async () => {
      for (const error of ['invalid_grant', 'login_required', 'interaction_required', 'mfa_required']) {
        const user = await tokenUser(app);
        await user.expire();
        app.faults.on(TOKEN, answering(error === 'mfa_required' ? 403 : 400, { error }));
        assert.deepEqual(await user.token(), { outcome: 'refused' }, error);
        assert.equal((await user.client.get(`${app.url}/profile`, JSON_ONLY)).status, 401, error);
        app.faults.reset();
      }
    });

    const unavailable: [string, string, Parameters<TokenApp['faults']['on']>[1]][] = [
      ['an error of its own', 'away', answering(500, 'oops')],
      ['temporarily_unavailable', 'away', answering(400, { error: 'temporarily_unavailable' })],
      ['a cut connection', 'away', dropping],
      ['a page', 'nonsense', answering(200, '<h1>It works</h1>')],
      ['no token', 'nonsense', answering(200, { hello: 'world' })],
      ['a token without a type', 'nonsense', answering(200, { access_token: 'x' })],
      ['invalid_client', 'nonsense', answering(401, { error: 'invalid_client' })],
    ];
    for (const [name, fault, handler] of unavailable) {
      it(`the provider answering ${name} leaves the session, and the token that still lives`, async () => {
        const user = await tokenUser(app);
        await user.expire(20);
        app.faults.on(TOKEN, handler);
        assert.equal((await user.token()).outcome, 'token');
        const forced = await user.token('force');
        assert.deepEqual([forced.outcome, forced.fault?.kind], ['unavailable', fault]);
        await user.expire();
        assert.equal((await user.token()).outcome, 'unavailable');
        app.faults.reset();
        assert.equal((await user.token()).outcome, 'token');
        assert.deepEqual(app.events, []);
      });
    }

    it('an answer with a field that makes no sense is not used, but its refresh token is kept', async () => {
      const changes = [
        { token_type: undefined },
        { scope: null },
        { expires_in: -5 },
        { token_type: 'JWT' },
        { access_token: 'with a space' },
        { access_token: 'with-a\nbreak' },
      ];
      for (const change of changes) {
        const user = await tokenUser(app);
        await user.expire();
        app.faults.on(
          TOKEN,
          rewriting((body) => ({ ...body, ...change })),
        );
        const got = await user.token();
        const said = JSON.stringify(change);
        assert.deepEqual([got.outcome, got.fault?.kind], ['unavailable', 'nonsense'], said);
        app.faults.reset();
        assert.equal((await user.token()).outcome, 'token', said);
      }
      assert.deepEqual(app.events, []);
    });

    it('a Retry-After of nothing is no invitation to a storm', async () => {
      for (const [status, header] of [
        [503, '0'],
        [503, '-1'],
        [503, 'Thu, 01 Jan 1970 00:00:00 GMT'],
        [429, '0'],
      ] as const) {
        const user = await tokenUser(app);
        await user.expire();
        app.faults.reset();
        app.faults.on(TOKEN, answering(status, {}, { 'retry-after': header }));
        assert.equal((await user.token()).outcome, 'unavailable');
        assert.ok(app.faults.count(TOKEN) <= 5, `${app.faults.count(TOKEN)} requests for ${header}`);
        app.faults.reset();
      }
      const user = await tokenUser(app);
      await user.expire();
      await waitFor('the end of the pause', async () => (await user.token()).outcome === 'token');
    });

    it('a token that still lives is served also where the API is refused', async () => {
      const user = await tokenUser(app);
      const { value } = await user.token(`audience=${REPORTS}`);
      await user.expire(20);
      for (const error of ['invalid_scope', 'consent_required']) {
        app.faults.on(TOKEN, answering(400, { error }));
        assert.equal((await user.token(`audience=${REPORTS}`)).value, value);
      }
    });

    it('a fault that passes while a person waits is not noticed', async () => {
      const user = await tokenUser(app);
      await user.expire();
      app.faults.reset();
      app.faults.on(TOKEN, (req, res, next) => {
        if (app.faults.count(TOKEN) === 1) dropping(req, res, next);
        else if (app.faults.count(TOKEN) === 2) answering(503, 'soon')(req, res, next);
        else next();
      });
      assert.equal((await user.token()).outcome, 'token');
      assert.equal(app.faults.count(TOKEN), 3);
    });

    it('429 is a pause for everybody, as long as the provider says', async () => {
      const [one, two] = [await tokenUser(app), await tokenUser(app, 'bob')];
      await Promise.all([one.expire(), two.expire()]);
      app.faults.reset();
      app.faults.on(TOKEN, answering(429, { error: 'too_many_requests' }, { 'retry-after': '3' }));
      const first = await one.token();
      assert.deepEqual([first.outcome, first.fault?.kind], ['unavailable', 'busy']);
      assert.equal((await two.token()).fault?.kind, 'busy');
      assert.equal(app.faults.count(TOKEN), 1);
      app.faults.on(TOKEN, undefined);
      await waitFor('the end of the pause', async () => (await two.token()).outcome === 'token');
      assert.equal(app.faults.count(TOKEN), 2);
    });

    it('a page gives up on a slow provider, and its answer is kept all the same', async () => {
      const user = await tokenUser(app);
      await user.expire();
      app.faults.reset();
      const gate = createGate();
      app.faults.on(TOKEN, holding(gate.opened));
      assert.deepEqual(await user.token(), { outcome: 'unavailable', fault: { kind: 'slow' } });
      gate.open();
      await app.inside.accessTokens.settled();
      assert.equal((await user.token()).outcome, 'token');
      assert.equal(app.faults.count(TOKEN), 1);
      assert.equal((await user.token('force')).outcome, 'token');
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

    it('a token for another API is kept beside that of the login, which stays as it is', async () => {
      const user = await tokenUser(app);
      const own = await user.token();
      app.faults.reset();
      const reports = await user.token(`audience=${REPORTS}`);
      assert.deepEqual([claimsOf(reports.value)['aud']].flat()[0], REPORTS);
      assert.equal((await user.token(`audience=${REPORTS}`)).value, reports.value);
      assert.equal((await user.token()).value, own.value);
      assert.equal(app.faults.count(TOKEN), 1);
      const { tokens } = await user.session();
      assert.equal((tokens as unknown[]).length, 1);

      assert.notEqual((await user.token('force')).value, own.value);
      assert.equal((await user.token(`audience=${REPORTS}`)).value, reports.value);
      assert.notEqual((await user.token(`audience=${REPORTS}&force`)).value, reports.value);
      assert.equal(app.faults.count(TOKEN), 3);
      assert.equal(((await user.session())['tokens'] as unknown[]).length, 1);
    });

    it('a provider that gives a token for another API than asked gives none', async () => {
      const user = await tokenUser(app);
      const { value } = await user.token();
      app.faults.reset();
      app.faults.on(
        TOKEN,
        rewriting((body) => ({ ...body, access_token: value })),
      );
      const refused = { outcome: 'audience not granted', audience: REPORTS };
      assert.deepEqual(await user.token(`audience=${REPORTS}`), refused);
      app.faults.on(TOKEN, undefined);
      // For a while it is not asked again; the refresh token that came with the answer is kept.
      assert.deepEqual(await user.token(`audience=${REPORTS}`), refused);
      assert.equal(app.faults.count(TOKEN), 1);
      assert.equal((await user.token('force')).outcome, 'token');
    });

    it('a provider that refuses the API has refused nothing else', async () => {
      const user = await tokenUser(app);
      const unknown = 'audience=https://unknown.gatehouse.test';
      assert.equal((await user.token(unknown)).outcome, 'audience not granted');
      assert.equal((await user.token('force')).outcome, 'token');
      assert.deepEqual(app.events, ['grant.error']);
    });

    it('mfa_required for another API asks for the person, and the session stays', async () => {
      const user = await tokenUser(app);
      app.faults.on(TOKEN, answering(403, { error: 'mfa_required', mfa_token: 'secret' }));
      const got = await user.token(`audience=${REPORTS}`);
      assert.deepEqual(got, { outcome: 'interaction needed', error: 'mfa_required' });
      app.faults.reset();
      assert.equal((await user.token()).outcome, 'token');
    });

    it('a scope that no login asked for is not asked of a refresh', async () => {
      const user = await tokenUser(app);
      app.faults.reset();
      assert.equal((await user.token('scope=profile%20email')).outcome, 'token');
      assert.deepEqual(await user.token('scope=read:secrets'), {
        outcome: 'scope not granted',
        scope: 'read:secrets',
      });
      assert.equal(app.faults.count(TOKEN), 0);
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

it('where a refresh gets no token for an API, one is exchanged, if the provider offers that', async () => {
  const app = await startTokenApp();
  try {
    const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
    app.faults.on(
      '/.well-known/openid-configuration',
      rewriting((body) => ({ ...body, grant_types_supported: ['refresh_token', exchange] })),
    );
    const user = await tokenUser(app);
    const { value } = await user.token();
    app.faults.reset();
    const exchanges: URLSearchParams[] = [];
    app.faults.on(TOKEN, (req, res, next) => {
      if (app.faults.count(TOKEN) === 1) {
        answering(400, { error: 'invalid_target' })(req, res, next);
        return;
      }
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        exchanges.push(new URLSearchParams(Buffer.concat(chunks).toString()));
        const token = { access_token: 'exchanged', token_type: 'Bearer', expires_in: 120 };
        res.json({ ...token, issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' });
      });
    });
    const got = await user.token(`audience=${REPORTS}&scope=read:reports`);
    assert.deepEqual([got.value, got.scope, got.expiresIn], ['exchanged', 'read:reports', 120]);
    assert.deepEqual(Object.fromEntries(exchanges[0] ?? []), {
      grant_type: exchange,
      subject_token: value,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: REPORTS,
      scope: 'read:reports',
    });
    assert.equal((await user.token(`audience=${REPORTS}&scope=read:reports`)).value, 'exchanged');
    assert.equal((await user.token()).value, value);
    assert.equal(exchanges.length, 1);

    // Whatever an exchange brings: the login's own tokens are not its business.
    const answers = [
      answering(200, { access_token: 'x', token_type: 'Bearer', refresh_token: 'of the exchange' }),
      answering(400, { error: 'invalid_grant' }),
    ];
    for (const answer of answers) {
      app.faults.reset();
      app.faults.on(TOKEN, (req, res, next) => {
        if (app.faults.count(TOKEN) === 1) answering(400, { error: 'invalid_target' })(req, res, next);
        else answer(req, res, next);
      });
      await user.token(`audience=${REPORTS}&scope=write:reports&force`);
      app.faults.reset();
      assert.equal((await user.token('force')).outcome, 'token');
    }
  } finally {
    await app.stop();
  }
});

it('tokens for other APIs that do not fit into cookies are not kept, and nobody is signed out', async () => {
  const app = await startTokenApp();
  try {
    const user = await tokenUser(app);
    let size = 0;
    app.faults.on(
      TOKEN,
      rewriting((body) => ({ ...body, access_token: 'x'.repeat((size += 3000)) })),
    );
    for (const scope of ['openid', 'profile', 'email', 'openid profile']) {
      const got = await user.token(`audience=${REPORTS}&scope=${scope}&force`);
      assert.equal(got.value?.length, size);
    }
    assert.equal((await user.client.get(`${app.url}/profile`, JSON_ONLY)).status, 200);
    const cookies = await user.client.jar.getCookieString(app.url);
    assert.ok(cookies.length < 13_000, `${cookies.length} bytes`);
  } finally {
    await app.stop();
  }
});

describe('access tokens, shared in Redis', () => {
  let redis: RedisServer;
  let app: TokenApp;
  before(async () => {
    redis = await startRedis();
    app = await startTokenApp({ REDIS_URL: redis.url });
  });
  after(async () => {
    await app.stop();
    await redis.stop();
  });
  beforeEach(() => {
    app.faults.reset();
    app.events.length = 0;
  });

  it('thirty parallel requests on two processes cost one token request', async () => {
    const second = await app.another();
    const user = await tokenUser(app);
    for (let round = 0; round < 3; round += 1) {
      await user.expire();
      app.faults.reset();
      const got = await Promise.all(Array.from({ length: 30 }, (_, n) => user.token('', n % 2 ? app.url : second.url)));
      assert.deepEqual([...new Set(got.map(({ outcome }) => outcome))], ['token']);
      assert.equal(new Set(got.map(({ value }) => value)).size, 1);
      assert.equal(app.faults.count(TOKEN), 1);
    }
    assert.deepEqual(app.events, []);
    await second.stop();
  });

  it('Redis lost in the middle of a refresh: the new tokens are stored when it is back', async () => {
    const user = await tokenUser(app);
    await user.expire();
    app.faults.reset();
    const gate = createGate();
    app.faults.on(TOKEN, holding(gate.opened));
    const page = user.client.get(`${app.url}/test/token`, JSON_ONLY);
    await waitFor('the token request', () => app.faults.count(TOKEN) === 1);
    redis.pause();
    gate.open();
    const response = await page;
    assert.equal(response.status, 503);
    assert.equal(((await response.json()) as { error: string }).error, 'SESSION_STORE_UNAVAILABLE');
    redis.resume();
    await app.inside.accessTokens.settled();
    await waitFor('sessions', async () => (await user.token()).outcome === 'token');
    assert.equal(app.faults.count(TOKEN), 1);
    assert.equal((await user.token('force')).outcome, 'token');
    assert.deepEqual(app.events, []);
  });

  it('a session that ends in the middle of a refresh stays ended, and its new refresh token is revoked', async () => {
    const user = await tokenUser(app);
    await user.expire();
    app.faults.reset();
    const gate = createGate();
    app.faults.on(TOKEN, holding(gate.opened));
    const page = user.token();
    await waitFor('the token request', () => app.faults.count(TOKEN) === 1);
    await user.client.get(`${app.url}/logout`);
    gate.open();
    await page;
    await app.inside.accessTokens.settled();
    assert.equal(app.faults.count('/token/revocation'), 2);
    assert.equal((await user.client.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
  });

  it('a session that is revoked in the middle of a refresh is told so, and stays ended', async () => {
    const [user, other] = [await tokenUser(app), await tokenUser(app)];
    await user.expire();
    app.faults.reset();
    const gate = createGate();
    app.faults.on(TOKEN, holding(gate.opened));
    const page = user.client.get(`${app.url}/test/page?audience=`);
    await waitFor('the token request', () => app.faults.count(TOKEN) === 1);
    await other.client.postForm(`${app.url}/sessions/revoke-others`, {});
    gate.open();
    const response = await page;
    assert.equal(response.status, 401);
    assert.match(await response.text(), /You were signed out/);
    assert.equal((await user.client.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
  });

  it('a slow request does not bring back the tokens that a fast one has replaced', async () => {
    const user = await tokenUser(app);
    const gates = [createGate(), createGate()];
    for (const gate of gates) {
      await user.expire();
      app.faults.on(TOKEN, holding(gate.opened));
      const slow = user.token();
      await waitFor('the token request', () => app.faults.count(TOKEN) > 0);
      gate.open();
      assert.equal((await slow).outcome, 'token');
      app.faults.reset();
    }
    const got: Got = await user.token('force');
    assert.equal((await user.token()).value, got.value);
    assert.deepEqual(app.events, []);
  });
});
