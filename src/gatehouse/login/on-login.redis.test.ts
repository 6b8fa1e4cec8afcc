import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { NOT_JSON } from '../../../e2e/support/limit-routes.ts';
import { signInThere } from '../../../e2e/support/peculiar-provider.ts';
import { rewriting } from '../../../e2e/support/provider-faults.ts';
import { AUDIENCE, startTokenApp, tokenUser } from '../../../e2e/support/token-app.ts';
import { callbackUrlOf } from '../../../e2e/support/sign-in.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import type { Running } from '../../program/listen.ts';
import { type Login, LoginRefused, type OnLogin } from './on-login.ts';
import { useApp } from '../../../e2e/support/use-app.ts';

for (const kind of ['Redis', 'cookies'] as const) {
  describe(`onLogin, with sessions in ${kind},`, () => {
    let api: Running;
    let onLogin: OnLogin;
    const app = useApp(kind, (env) => startTokenApp(env, { onLogin: (login, req) => onLogin(login, req) }));
    before(async () => {
      api = await app.startApi();
    });
    after(() => api.stop());
    beforeEach(() => app.faults.reset());

    it('calls an API with the access token of the login, the one that the session has afterwards', async () => {
      let given: Login | undefined;
      onLogin = async (login) => {
        given = login;
        const { type, value } = login.accessToken();
        const url = `http://localhost:${app.env['API_PORT']}/api/protected-data`;
        const answer = await fetch(url, { headers: { authorization: `${type} ${value}` } });
        return { answered: await answer.json() };
      };
      const alice = await tokenUser(app);
      const { data, refresh_token } = await alice.session();
      assert.deepEqual(data, { answered: { user_id: 'local|alice' } });
      const { outcome, ...later } = await alice.token();
      assert.equal(outcome, 'token');
      assert.ok(given);
      // The two may have been read in different seconds.
      const timeless = { age: undefined, expiresIn: undefined };
      assert.deepEqual({ ...given.accessToken(), ...timeless }, { ...later, ...timeless });
      assert.ok(given.accessToken().expiresIn > 0 && given.accessToken().isRenewable);
      assert.ok(typeof refresh_token === 'string');
      assert.ok(!JSON.stringify([given, given.accessToken()]).includes(refresh_token));
    });

    it('has no token for another API, and where it asks for one the login ends on a page that says so', async () => {
      onLogin = (login) => ({ had: login.accessToken().value });
      const forAnother = (token: unknown) => {
        const claims = { ...decodeJwt(String(token)), aud: 'https://other.gatehouse.test' };
        return ['e30', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'x'].join('.');
      };
      app.faults.on(
        '/token',
        rewriting((body) => ({ ...body, access_token: forAnother(body['access_token']) })),
      );
      const { client, answer } = await signInThere(app);
      assert.equal(answer.status, 502);
      const page = await answer.text();
      assert.match(page, /AUDIENCE_NOT_GRANTED/);
      assert.ok(page.includes(AUDIENCE));
      assert.equal((await client.get(`${app.url}/profile`, { accept: 'application/json' })).status, 401);
    });

    it('gives the refresh token back where the account or its data is refused, and not where it fails by chance', async () => {
      const told = () => app.faults.count('/token/revocation');
      const refusals: readonly [OnLogin, status: number][] = [
        [() => Promise.reject(new LoginRefused('Not you.')), 403],
        [() => ({ filler: 'x'.repeat(65_536) }), kind === 'Redis' ? 413 : 431],
        [() => NOT_JSON, 500],
      ];
      // This session stays. It may share the grant, and revoking one token may end the whole grant.
      onLogin = () => undefined;
      const { client } = await tokenUser(app);
      for (const [refuse, status] of refusals) {
        onLogin = refuse;
        assert.equal((await client.get(await callbackUrlOf(client, `${app.url}/login`, 'alice'))).status, status);
      }
      assert.equal((await client.get(`${app.url}/profile`)).status, 200);
      for (const [n, [refuse, status]] of refusals.entries()) {
        onLogin = () => Promise.reject(new Error('the table of logins is away'));
        assert.equal((await signInThere(app)).answer.status, 500);
        onLogin = refuse;
        assert.equal((await signInThere(app)).answer.status, status);
        await waitFor('the revocation', () => told() > n, 5000);
        assert.equal(told(), n + 1);
      }
    });
  });
}
