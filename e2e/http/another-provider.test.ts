import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Provider } from 'oidc-provider/lib/provider.js';
import { listen, type Running } from '../../src/program/listen.ts';
import { createHttpClient } from '../support/http-client.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startServer } from '../support/program.ts';

/**
 * A provider that is not ours, with a path in its issuer and as few features as OpenID Connect allows: no end-session
 * endpoint, no revocation, and an ID token with nothing but the subject.
 */
describe('another OpenID provider, on plain http', () => {
  let provider: Running;
  let web: Program;
  let app: string;
  before(async () => {
    const [providerPort = 0, webPort = 0] = await freePorts(2);
    const issuer = `http://localhost:${providerPort}/realms/main`;
    app = `http://localhost:${webPort}`;
    const client = { client_id: 'somebody', client_secret: 'a secret / with: signs & more' };
    const oidc = new Provider(issuer, {
      clients: [{ ...client, redirect_uris: [`${app}/auth/done`], token_endpoint_auth_method: 'client_secret_post' }],
      claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
      features: { rpInitiatedLogout: { enabled: false } },
      findAccount: (_ctx, id) => ({
        accountId: id,
        claims: () => ({ sub: id, name: 'Zoë Other', email: 'zoe@example.org' }),
      }),
    });
    const handle = oidc.callback();
    const mounted: typeof handle = (req, res) => {
      (req as { originalUrl?: string }).originalUrl = req.url ?? '';
      req.url = req.url?.replace('/realms/main', '');
      return handle(req, res);
    };
    provider = await listen((req, res) => void mounted(req, res), {
      ...{ name: 'another provider', port: providerPort, variable: '-' },
      ...{ host: undefined, shutdownTimeoutSeconds: 1 },
    });
    web = await startServer('web', {
      PORT: String(webPort),
      ISSUER_BASE_URL: issuer,
      AUTH0_CLIENT_ID: client.client_id,
      AUTH0_CLIENT_SECRET: client.client_secret,
      AUTH0_CLIENT_AUTH_METHOD: 'client_secret_post',
      AUTH0_SECRET: 'session-secret-of-the-tests-and-of-nobody-else',
      AUTH0_REDIRECT_URI: `${app}/auth/done`,
    });
  });
  after(async () => {
    await web.stop();
    await provider.stop();
  });

  it('signs in, has the profile completed, and signs out', async () => {
    const client = createHttpClient();
    let page = await client.follow(await client.get(`${app}/profile`));
    // Its development pages: one form to sign in, one to consent.
    for (let form = 0; form < 2; form += 1) {
      const action = /action="([^"]+)"/.exec(await page.text())?.[1] ?? '';
      const prompt = form === 0 ? { prompt: 'login', login: 'zoe', password: 'x' } : { prompt: 'consent' };
      page = await client.follow(await client.postForm(new URL(action, page.url).href, prompt));
    }
    assert.equal(page.url, `${app}/profile`, web.output());
    const json = await client.get(`${app}/profile`, { accept: 'application/json' });
    const { user } = (await json.json()) as { user: Record<string, unknown> };
    assert.deepEqual([user['sub'], user['name'], user['email']], ['zoe', 'Zoë Other', 'zoe@example.org']);

    const logout = await client.get(`${app}/logout`);
    assert.equal(logout.headers.get('location'), '/');
    const after = await client.get(`${app}/profile`, { accept: 'application/json' });
    assert.equal(after.status, 401);
  });
});
