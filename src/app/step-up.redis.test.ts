import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { answering } from '../../e2e/support/provider-faults.ts';
import { type FaultServer, startFaultServer } from '../../e2e/support/fault-server.ts';
import { leadsOnTo } from '../../e2e/support/sign-in.ts';
import { AUDIENCE, startTokenApp, type TokenApp, tokenUser } from '../../e2e/support/token-app.ts';

const JSON_ONLY = { accept: 'application/json' };
const CHALLENGE =
  'Bearer error="insufficient_user_authentication", error_description="A \\"stronger\\" sign-in, please", acr_values="urn:mfa urn:password", max_age="60"';

/** The authorization request that a response leads to. */
function asked(response: Response): URLSearchParams {
  assert.equal(response.status, 302);
  return new URL(response.headers.get('location') ?? '').searchParams;
}

describe('an API that wants more of the sign-in (RFC 9470)', () => {
  let api: FaultServer;
  let app: TokenApp;
  before(async () => {
    api = await startFaultServer();
    app = await startTokenApp({ API_SERVER_URL: api.url });
  });
  after(async () => {
    await app.stop();
    await api.stop();
  });
  beforeEach(() => app.faults.reset());

  /** The API answers tokens among `weak` with the challenge; all others are good enough. */
  function challenge(weak: Set<string> | 'all', header = CHALLENGE): void {
    api.answer((req, res) => {
      const isWeak = weak === 'all' || weak.has(req.headers.authorization ?? '');
      const headers = isWeak ? { 'www-authenticate': header } : {};
      res.writeHead(isWeak ? 401 : 200, { 'content-type': 'application/json', ...headers });
      res.end(JSON.stringify({ weak: isWeak }));
    });
  }

  it('leads a page through a login as it demands, and back', async () => {
    const { client, session } = await tokenUser(app);
    challenge(new Set([`Bearer ${String((await session())['access_token'])}`]));
    const response = await client.get(`${app.url}/protected?x=1`);
    const request = asked(response);
    assert.equal(request.get('acr_values'), 'urn:mfa urn:password');
    assert.equal(request.get('max_age'), '60');
    assert.equal(api.requests.length, 1); // a new token of the same sign-in would not help
    const back = await client.follow(response);
    assert.equal(back.url, `${app.url}/protected?x=1`);
    assert.equal(back.status, 200);
  });

  it('is obeyed once: where it still refuses, a page explains', async () => {
    const { client } = await tokenUser(app);
    challenge('all');
    const back = await client.follow(await client.get(`${app.url}/protected`));
    assert.equal(back.status, 403);
    const page = await back.text();
    assert.match(page, /Signing in again was not enough/);
    const again = /href="(\/login\?[^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
    assert.equal(asked(await client.get(app.url + again)).get('prompt'), 'login');
    assert.equal((await client.get(`${app.url}/profile`)).status, 200);
  });

  it('gets JSON clients a 401 with a login_url that makes the same demand', async () => {
    const { client } = await tokenUser(app);
    challenge('all');
    const response = await client.get(`${app.url}/api-call`, JSON_ONLY);
    assert.equal(response.status, 401);
    const { login_url: url } = (await response.json()) as { login_url: string };
    const request = asked(await client.get(app.url + url));
    assert.equal(request.get('acr_values'), 'urn:mfa urn:password');
    assert.equal(request.get('max_age'), '60');
  });

  it('that names nothing gets a new sign-in', async () => {
    const { client } = await tokenUser(app);
    challenge('all', 'Bearer error="insufficient_user_authentication"');
    assert.equal(asked(await client.get(`${app.url}/protected`)).get('prompt'), 'login');
  });

  it('a form leads there and back to its page', async () => {
    const { client } = await tokenUser(app);
    challenge('all');
    const referer = { referer: `${app.url}/api-call` };
    const { searchParams } = await leadsOnTo(await client.postForm(`${app.url}/api-call/refresh`, {}, referer));
    const state = Buffer.from(searchParams.get('state') ?? '', 'base64url').toString();
    assert.equal((JSON.parse(state) as { returnTo: string }).returnTo, '/api-call');
  });

  it('/login takes demands in its address, but nothing malformed', async () => {
    const { client } = await tokenUser(app);
    const query = 'acr_values=a%22b&max_age=-1&max_age=2&scope=x%0ay&prompt=none&scope=z';
    const request = asked(await client.get(`${app.url}/login?${query}`));
    for (const name of ['acr_values', 'max_age', 'prompt']) assert.equal(request.get(name), null, name);
    assert.doesNotMatch(request.get('scope') ?? '', /[xyz]/);
  });

  it('a scope in the address of a login does not pile up until cookies are too large', async () => {
    const { client } = await tokenUser(app);
    for (let n = 0; n < 12; n += 1) {
      const scope = `${n}`.repeat(150);
      await client.follow(await client.get(`${app.url}/login?scope=${scope}`));
    }
    const back = await client.follow(await client.get(`${app.url}/login?returnTo=/profile`));
    assert.equal(back.url, `${app.url}/profile`);
  });

  it('tokens that are refused after a new login, too, lead to a page and not round and round', async () => {
    const { client } = await tokenUser(app);
    api.answer((_req, res) => res.writeHead(401).end());
    app.faults.reset();
    app.faults.on('/token', (req, res, next) => {
      const isLogin = app.faults.count('/token') % 2 === 0;
      if (isLogin) next();
      else answering(400, { error: 'invalid_grant' })(req, res, next);
    });
    const back = await client.follow(await client.get(`${app.url}/protected`));
    assert.equal(back.status, 502);
    assert.match(await back.text(), /Signing in again did not help/);
  });

  it('a permission that was never asked for can be asked for, once', async () => {
    const { client } = await tokenUser(app, 'bob');
    const header = 'Bearer error="insufficient_scope", scope="read:messages"';
    api.answer((_req, res) =>
      res.writeHead(403, { 'content-type': 'application/json', 'www-authenticate': header }).end('{}'),
    );
    const refused = await client.get(`${app.url}/protected?y=1`);
    assert.equal(refused.status, 403);
    const page = await refused.text();
    assert.match(page, /read:messages/);
    const link = /href="(\/login\?[^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const response = await client.get(app.url + link);
    assert.match(asked(response).get('scope') ?? '', /openid .*\bread:messages\b/);
    const back = await client.follow(response);
    assert.equal(back.url, `${app.url}/protected?y=1`);
    assert.equal(back.status, 403);
    assert.doesNotMatch(await back.text(), /href="\/login\?[^"]*scope/);

    // The next login of this browser asks for the same scope again.
    const next = asked(await client.get(`${app.url}/login?max_age=5`));
    assert.match(next.get('scope') ?? '', /\bread:messages\b/);
    const token = (await client.get(`${app.url}/test/token?scope=read:messages`, JSON_ONLY)).json();
    assert.match(((await token) as { scope: string }).scope, /\bread:messages\b/);
  });

  it('a scope that a route wants of the API of the login leads to the same page', async () => {
    const { client } = await tokenUser(app);
    const refused = await client.get(`${app.url}/test/page?audience=${AUDIENCE}&scope=read:reports`);
    assert.equal(refused.status, 403);
    assert.match(await refused.text(), /href="\/login\?[^"]*scope=read%3Areports/);
  });

  it('a provider that wants the person for another API gets a sign-in, once', async () => {
    const { client } = await tokenUser(app);
    app.faults.on('/token', answering(403, { error: 'mfa_required' }));
    const json = await client.get(`${app.url}/test/page`, JSON_ONLY);
    assert.equal(json.status, 401);
    assert.match(((await json.json()) as { login_url: string }).login_url, /prompt=login/);
    const response = await client.get(`${app.url}/test/page`);
    assert.equal(asked(response).get('prompt'), 'login');
    assert.equal((await client.get(`${app.url}/profile`)).status, 200);
  });

  it('an API that the provider does not grant is named on the page, and gets no token', async () => {
    const { client } = await tokenUser(app);
    const page = await client.get(`${app.url}/test/page?audience=https://unknown.gatehouse.test`);
    assert.equal(page.status, 502);
    assert.match(await page.text(), /https:\/\/unknown\.gatehouse\.test/);
  });
});
