import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answering, createGate, dropping, holding, rewriting } from '../../../e2e/support/provider-faults.ts';
import { type TokenApp, tokenUser } from '../../../e2e/support/token-app.ts';
import { useTokenApp } from '../../../e2e/support/use-token-app.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';

const JSON_ONLY = { accept: 'application/json' };
const TOKEN = '/token';

for (const kind of ['Redis', 'cookie'] as const) {
  describe(`a provider in trouble with ${kind} sessions`, () => {
    const app = useTokenApp(kind);

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

    it('an optional field that makes no sense counts as none', async () => {
      const changes = [
        { scope: null, id_token: null, expires_in: null, refresh_token: null },
        { scope: '', id_token: '', expires_in: '', refresh_token: '' },
        { expires_in: -5 },
        { expires_in: 'soon' },
        { scope: ['openid'], id_token: {} },
        { expires_in: '600' },
      ];
      for (const change of changes) {
        const user = await tokenUser(app);
        await user.expire();
        app.faults.on(
          TOKEN,
          rewriting((body) => ({ ...body, ...change })),
        );
        const said = JSON.stringify(change);
        assert.equal((await user.token()).outcome, 'token', said);
        app.faults.reset();
      }
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
  });
}
