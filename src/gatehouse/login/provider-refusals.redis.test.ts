import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createHttpClient } from '../../../e2e/support/http-client.ts';
import {
  adding,
  type Peculiarity,
  published,
  signedBy,
  signInThere,
  withPeculiarity,
} from '../../../e2e/support/peculiar-provider.ts';
import { callbackUrlOf } from '../../../e2e/support/sign-in.ts';
import { startTokenApp, type TokenApp } from '../../../e2e/support/token-app.ts';

const REFUSED: readonly (readonly [what: string, Peculiarity, code: RegExp])[] = [
  [
    'signs with an algorithm that it does not list',
    { jwks: adding(() => published('ES256', 'ours')), token: signedBy('ES256') },
    /SIGNING_ALG_MISMATCH/,
  ],
  ['encrypts its ID tokens', { token: (body) => ({ ...body, id_token: 'a.b.c.d.e' }) }, /ID_TOKEN_ENCRYPTED/],
];

describe('nobody signs in, and the page says why, at a provider that', () => {
  for (const [what, peculiarity, code] of REFUSED) {
    it(what, () =>
      withPeculiarity(peculiarity, async (app) => {
        const { answer } = await signInThere(app);
        assert.equal(answer.status, 502);
        assert.match(await answer.text(), code);
      }),
    );
  }

  it('names another issuer than itself, or a template', async () => {
    for (const issuer of ['https://another.example', 'http://localhost/{tenantid}/v2.0']) {
      await withPeculiarity({ discovery: (body) => ({ ...body, issuer }) }, async (app) => {
        const page = await createHttpClient().get(`${app.url}/login`);
        assert.equal(page.status, 502);
        assert.match(await page.text(), /PROVIDER_MISCONFIGURED/);
      });
    }
  });
});

describe('a provider that says no', () => {
  let app: TokenApp;
  before(async () => {
    app = await startTokenApp();
  });
  after(() => app.stop());

  async function refusal(fields: Record<string, string>) {
    const client = createHttpClient();
    const callback = new URL(await callbackUrlOf(client, `${app.url}/profile`, 'alice'));
    for (const name of ['code', 'iss']) callback.searchParams.delete(name);
    for (const [name, value] of Object.entries(fields)) callback.searchParams.set(name, value);
    app.faults.reset();
    const answer = await client.get(callback.href);
    assert.equal(app.faults.count('/token'), 0);
    return { client, answer, text: await answer.text() };
  }

  for (const [error, description, status] of [
    ['unauthorized', 'Please <b>verify</b> your e-mail before you sign in', 403],
    ['access_denied', 'AADB2C90118: The user has forgotten their password.\r\nCorrelation ID: 1', 403],
    ['no_such_code_in_any_rfc', '', 403],
    ['invalid_scope', 'unknown scope', 502],
  ] as const) {
    it(`${error}: in its own words, with a way to another account`, async () => {
      const { answer, text } = await refusal({ error, ...(description && { error_description: description }) });
      assert.equal(answer.status, status);
      const words = (description || error)
        .replace(/\s+/g, ' ')
        .replace('<b>', '&lt;b&gt;')
        .replace('</b>', '&lt;/b&gt;');
      assert.ok(text.includes(`The sign-in service says: “${words}”`), text);
      assert.match(text, /href="\/login\?returnTo=%2Fprofile&amp;prompt=login"/);
      assert.doesNotMatch(text, /started too long ago/);
    });
  }

  it('because its page was open for too long (Keycloak): begins again by itself, once', async () => {
    const fields = { error: 'temporarily_unavailable', error_description: 'authentication_expired' };
    const { client, answer } = await refusal(fields);
    assert.equal(answer.status, 302);
    const location = new URL(answer.headers.get('location') ?? '');
    assert.equal(location.origin, app.providerUrl);
    const again = new URL(await callbackUrlOf(client, location.href, 'alice'));
    again.searchParams.delete('code');
    for (const [name, value] of Object.entries(fields)) again.searchParams.set(name, value);
    assert.equal((await client.get(again.href)).status, 503);
  });
});
