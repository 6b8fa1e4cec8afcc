import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startApp, type TestApp } from '../support/app.ts';
import { AUDIENCE, examine, WRONG_SECRET } from '../support/doctor.ts';
import { answering, createProviderFaults, rewriting } from '../support/provider-faults.ts';

describe('npm run doctor tries a token request and a login', () => {
  const faults = createProviderFaults();
  let app: TestApp;
  let env: Record<string, string>;
  before(async () => {
    app = await startApp({ env: { AUTH0_AUDIENCE: AUDIENCE }, provider: { intercept: faults.intercept } });
    env = { ...app.env };
  });
  beforeEach(() => faults.reset());
  after(() => app.stop());

  it('tells a wrong secret, and a wrong client', async () => {
    const { failed, row } = await examine({ ...env, AUTH0_CLIENT_SECRET: WRONG_SECRET });
    assert.deepEqual(failed, ['client']);
    assert.match(row('client').mend ?? '', /AUTH0_CLIENT_SECRET/);
    const stranger = await examine({ ...env, AUTH0_CLIENT_ID: 'stranger' });
    assert.deepEqual(stranger.failed, ['client', 'callback']);
    assert.match(stranger.row('callback').message, /does not know the client stranger/);
  });

  for (const [error, status, expected] of [
    ['unauthorized_client', 'failed', /may not sign people in/],
    ['invalid_request', 'warning', /could not tell/],
  ] as const) {
    it(`reads ${error} of the token endpoint, without a secret that comes back`, async () => {
      const description = `not with ${env['AUTH0_CLIENT_SECRET']}`;
      faults.on('/token', answering(400, { error, error_description: description }));
      const { row } = await examine(env);
      assert.equal(row('client').status, status);
      assert.match(row('client').message, expected);
      assert.match(row('client').message, /not with \[secret\]/);
    });
  }

  it('tells a callback URL that is not registered', async () => {
    const url = `${app.url}/elsewhere`;
    const { failed, row } = await examine({ ...env, AUTH0_REDIRECT_URI: url });
    assert.deepEqual(failed, ['callback']);
    assert.ok(row('callback').mend?.includes(`Add ${url} to`));
  });

  for (const [what, location, status] of [
    ['a login page', '/u/login?state=1&redirect_uri=http://localhost/callback', 'ok'],
    ['an error page', '/error?error=invalid_request&error_description=Callback+URL+mismatch.', 'failed'],
    ['an error page that says nothing', '/error', 'warning'],
  ] as const) {
    it(`reads a redirect to ${what}`, async () => {
      faults.on('/auth', (_req, res) => res.redirect(location));
      assert.equal((await examine(env)).row('callback').status, status);
    });
  }

  for (const [what, page, status] of [
    ['a login page', '<form><input name="x" type="password"></form>', 'ok'],
    ['an error page', '<h1>The redirect URI is not registered</h1>', 'failed'],
    ['a page that says nothing', '<div id="app" data-redirect_uri="http://x/callback"></div>', 'warning'],
  ] as const) {
    it(`reads ${what}`, async () => {
      faults.on('/auth', answering(200, page));
      assert.equal((await examine(env)).row('callback').status, status);
    });
  }

  it('tells scopes that the provider does not list, and those that it refuses', async () => {
    const asked = { ...env, AUTH0_SCOPE: 'openid profile email no-such-scope' };
    const { code, row } = await examine(asked);
    assert.equal(code, 0);
    assert.equal(row('scopes').status, 'warning');
    assert.match(row('scopes').message, /does not list no-such-scope, which AUTH0_SCOPE/);
    faults.on('/auth', (_req, res) => res.redirect(`${app.url}/callback?error=invalid_scope`));
    const { failed, row: refused } = await examine(asked);
    assert.deepEqual(failed, ['callback']);
    assert.match(refused('callback').mend ?? '', /AUTH0_SCOPE \(openid profile email no-such-scope\)/);
  });

  it('cannot tell of a login that is refused for a reason of its own', async () => {
    faults.on('/auth', answering(400, 'PKCE is required for this client'));
    assert.equal((await examine(env)).row('callback').status, 'warning');
  });

  it('reads the form by which a provider sends people back (Apple)', async () => {
    const formPost = { ...env, AUTH0_AUTHORIZATION_PARAMS: 'response_mode=form_post' };
    const { failed, row } = await examine(formPost);
    assert.deepEqual(failed, []);
    assert.match(row('callback').message, /is registered$/);
    const inputs = '<input type="hidden" name="error" value="invalid_scope">';
    faults.on('/auth', answering(200, `<form method="post" action="${app.url}/callback">${inputs}</form>`));
    assert.match((await examine(formPost)).row('callback').message, /logins are refused: invalid_scope/);
  });

  describe('of a provider that wants requests pushed', () => {
    beforeEach(() =>
      faults.on(
        '/.well-known/openid-configuration',
        rewriting((body) => ({ ...body, require_pushed_authorization_requests: true })),
      ),
    );

    it('pushes them', async () => {
      let isPushed = false;
      faults.on('/auth', (req, _res, next) => {
        isPushed = 'request_uri' in req.query && !('redirect_uri' in req.query);
        next();
      });
      const { failed, row } = await examine(env);
      assert.deepEqual([failed, isPushed], [[], true]);
      assert.match(row('callback').message, /is registered$/);
    });

    it('reads its answer to them', async () => {
      const { failed, row } = await examine({ ...env, AUTH0_REDIRECT_URI: `${app.url}/elsewhere` });
      assert.deepEqual(failed, ['callback']);
      assert.ok(row('callback').mend?.includes(`Add ${app.url}/elsewhere to`), row('callback').message);
      const stranger = await examine({ ...env, AUTH0_CLIENT_ID: 'stranger' });
      assert.match(stranger.row('callback').message, /does not know the client stranger/);
    });
  });
});
