import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { answering, rewriting } from '../../../e2e/support/provider-faults.ts';
import { REPORTS, startTokenApp, tokenUser } from '../../../e2e/support/token-app.ts';
import { useTokenApp } from '../../../e2e/support/use-token-app.ts';

const JSON_ONLY = { accept: 'application/json' };
const TOKEN = '/token';

const claimsOf = (jwt: unknown): Record<string, unknown> => decodeJwt(String(jwt));

for (const kind of ['Redis', 'cookie'] as const) {
  describe(`tokens for other APIs with ${kind} sessions`, () => {
    const app = useTokenApp(kind);

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
      const refused = { outcome: 'audience not granted' };
      assert.deepEqual(await user.token(`audience=${REPORTS}`), refused);
      app.faults.on(TOKEN, undefined);
      // For a while the app does not ask again, but it has kept the refresh token that came with the answer.
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
      assert.deepEqual(await user.token('scope=read:secrets'), { outcome: 'scope not granted' });
      assert.equal(app.faults.count(TOKEN), 0);
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

    // Whatever an exchange brings, it does not touch the login's own tokens.
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
