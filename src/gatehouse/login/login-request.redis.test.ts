import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createHttpClient } from '../../../e2e/support/http-client.ts';
import { signInThere, withPeculiarity } from '../../../e2e/support/peculiar-provider.ts';
import { answering } from '../../../e2e/support/provider-faults.ts';
import { callbackUrlOf, leadsOnTo, signInForm } from '../../../e2e/support/sign-in.ts';
import { startTokenApp, type TokenApp } from '../../../e2e/support/token-app.ts';

describe('what a login is asked for', () => {
  let app: TokenApp;
  before(async () => {
    app = await startTokenApp({ AUTH0_AUTHORIZATION_PARAMS: 'access_type=offline&kc_idp_hint=saml' });
  });
  after(() => app.stop());

  const requestOf = async (query: string, client = createHttpClient()) =>
    new URL((await client.get(`${app.url}/login?${query}`)).headers.get('location') ?? '').searchParams;

  it('comes from the configuration, and from its address where that may', async () => {
    const sent = await requestOf('login_hint=a%40b.example&ui_locales=de%20en&organization=org_1&prompt=create&x=1');
    const expected = {
      ...{ access_type: 'offline', kc_idp_hint: 'saml', login_hint: 'a@b.example', ui_locales: 'de en' },
      ...{ organization: 'org_1', prompt: 'create', x: null },
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(sent.get(name), value, name);
    const odd = await requestOf(
      'prompt=none&login_hint=a&login_hint=b&redirect_uri=https://evil.example&ui_locales=%00',
    );
    for (const name of ['prompt', 'login_hint', 'ui_locales']) assert.equal(odd.get(name), null, name);
    assert.equal(odd.get('redirect_uri'), `${app.url}/callback`);
  });

  it('may be begun at the provider, by GET and POST, and ends at an address of this app only', async () => {
    for (const [target, end] of [
      [`${app.url}/profile?a=1`, '/profile?a=1'],
      ['https://evil.example/profile', '/'],
    ] as const) {
      const client = createHttpClient();
      const fields = { iss: app.providerUrl, login_hint: 'alice', target_link_uri: target };
      const posted = await client.postForm(`${app.url}/login`, fields, { 'sec-fetch-site': 'cross-site' });
      assert.equal(posted.status, 303);
      const start = new URL(posted.headers.get('location') ?? '', app.url);
      const callback = await callbackUrlOf(client, start.href, 'alice');
      assert.equal((await client.get(callback)).headers.get('location'), end);
    }
    const foreign = await createHttpClient().get(
      `${app.url}/login?iss=https://evil.example&target_link_uri=${app.url}/`,
    );
    assert.equal(foreign.status, 400);
  });
});

it('a login after a form leads on by a page: a redirect to another origin would be blocked', async () => {
  await withPeculiarity({}, async (app) => {
    const { client } = await signInThere(app);
    app.faults.on('/token', answering(400, { error: 'invalid_grant' }));
    const page = await client.postForm(`${app.url}/api-call/refresh`, {});
    const provider = await client.follow(await client.get((await leadsOnTo(page)).href), /[?&]code=/);
    assert.ok(provider.headers.has('location') || (await signInForm(provider)));
  });
});
