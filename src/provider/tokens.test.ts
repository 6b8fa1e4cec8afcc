import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import {
  API,
  AUDIENCE,
  claimsOf,
  refreshTokenOf,
  Browser,
  beginLogin,
  signIn,
  startStack,
} from './provider-stack.suite.ts';
import { API_PERMISSIONS } from './scopes.ts';

test('an audience gives a signed JWT with the scopes that the user may have', async (t) => {
  const stack = await startStack(t, { accessTokenTtlSeconds: 120 });
  const granted = { alice: [], bob: ['read:messages'], carol: [...API_PERMISSIONS] };
  for (const [username, permissions] of Object.entries(granted)) {
    const { tokens } = await signIn(stack, username, API);
    const keys = createRemoteJWKSet(new URL(stack.rp.serverMetadata().jwks_uri ?? ''));
    const { payload } = await jwtVerify(tokens.access_token, keys, {
      issuer: stack.issuer,
      audience: AUDIENCE,
      typ: 'at+jwt',
      algorithms: ['RS256'],
    });
    assert.equal(payload.sub, `local|${username}`);
    assert.deepEqual(payload['permissions'], permissions);
    assert.deepEqual(
      String(payload['scope'])
        .split(' ')
        .filter((scope) => scope.includes(':')),
      permissions,
    );
    assert.equal(tokens.scope, ['openid', 'profile', 'offline_access', ...permissions].sort(byRequest).join(' '));
    assert.equal(payload['scope'], tokens.scope);
    assert.equal(tokens.expires_in, 120);
  }
  function byRequest(a: string, b: string) {
    const order = ['openid', 'profile', ...API_PERMISSIONS, 'offline_access'];
    return order.indexOf(a) - order.indexOf(b);
  }
});

test('the token for an audience is good for UserInfo, too, as far as its scopes go', async (t) => {
  const stack = await startStack(t);
  const { tokens } = await signIn(stack, 'carol', API);
  assert.deepEqual(decodeJwt(tokens.access_token).aud, [AUDIENCE, stack.rp.serverMetadata().userinfo_endpoint]);
  const userInfo = await oidc.fetchUserInfo(stack.rp, tokens.access_token, 'local|carol');
  assert.equal(userInfo.name, 'Carol Admin');
  assert.equal(userInfo.email, undefined);

  const forged = `${tokens.access_token.slice(0, -8)}AAAAAAAA`;
  const refused = await fetch(`${stack.issuer}/me`, { headers: { Authorization: `Bearer ${forged}` } });
  assert.equal(refused.status, 401);
  // Without the scope openid, the token is for the API alone.
  const { tokens: plain } = await signIn(stack, 'bob', { audience: AUDIENCE, scope: 'read:messages' });
  assert.equal(decodeJwt(plain.access_token).aud, AUDIENCE);
});

test('without an audience the access token is opaque and good for UserInfo', async (t) => {
  const stack = await startStack(t);
  const { tokens } = await signIn(stack, 'carol', { scope: 'openid email read:messages' });
  assert.equal(tokens.access_token.includes('.'), false);
  assert.equal(tokens.scope, 'openid email');
  const userInfo = await oidc.fetchUserInfo(stack.rp, tokens.access_token, 'local|carol');
  assert.deepEqual(userInfo, { sub: 'local|carol', email: 'carol@example.com', email_verified: true });
});

test('RFC 8707 resource works as audience does, and an unknown one is refused', async (t) => {
  const stack = await startStack(t);
  const { tokens } = await signIn(stack, 'bob', { resource: AUDIENCE, scope: 'openid read:messages' });
  assert.equal(tokens.scope, 'openid read:messages');
  for (const name of ['audience', 'resource']) {
    const { page } = await beginLogin(stack, { [name]: 'https://other.example.com' });
    assert.equal(page.url.searchParams.get('error'), 'invalid_target', name);
  }
});

test('an audience may be any text', async (t) => {
  const stack = await startStack(t, { audience: 'my api' });
  const { tokens } = await signIn(stack, 'bob', {
    audience: 'my api',
    scope: 'openid offline_access read:messages',
  });
  assert.equal([decodeJwt(tokens.access_token).aud].flat()[0], 'my api');
  const renewed = await oidc.refreshTokenGrant(stack.rp, refreshTokenOf(tokens), { audience: 'my api' });
  assert.equal(renewed.scope, tokens.scope);
});

test('no code without PKCE', async (t) => {
  const stack = await startStack(t);
  const url = new URL(stack.rp.serverMetadata().authorization_endpoint ?? '');
  url.search = String(
    new URLSearchParams({
      client_id: stack.config.clientId,
      redirect_uri: stack.config.redirectUri,
      response_type: 'code',
      scope: 'openid',
    }),
  );
  const page = await new Browser(stack.appOrigin).open(url);
  assert.equal(page.url.searchParams.get('error'), 'invalid_request');
});

test('the client may send its secret in the body as well', async (t) => {
  const stack = await startStack(t);
  const rp = new oidc.Configuration(
    stack.rp.serverMetadata(),
    stack.config.clientId,
    {},
    oidc.ClientSecretPost(stack.config.clientSecret),
  );
  oidc.allowInsecureRequests(rp);
  const { page, browser, finish } = await beginLogin(stack);
  const callback = await browser.submit(page, '/sign-in', { username: 'bob', password: 'password' });
  assert.equal(claimsOf(await finish(callback, rp)).sub, 'local|bob');
});

test('a DPoP proof binds the access token to its key', async (t) => {
  const stack = await startStack(t);
  const { page, browser } = await beginLogin(stack, API);
  await browser.submit(page, '/sign-in', { username: 'bob', password: 'password' });
  const DPoP = oidc.getDPoPHandle(stack.rp, await oidc.randomDPoPKeyPair());
  const codeVerifier = oidc.randomPKCECodeVerifier();
  const callback = await browser.open(
    oidc.buildAuthorizationUrl(stack.rp, {
      ...API,
      redirect_uri: stack.config.redirectUri,
      code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    }),
  );
  const checks = { pkceCodeVerifier: codeVerifier };
  const tokens = await oidc.authorizationCodeGrant(stack.rp, callback.url, checks, {}, { DPoP });
  assert.equal(tokens.token_type, 'dpop');
  assert.equal(typeof (decodeJwt(tokens.access_token)['cnf'] as { jkt?: unknown }).jkt, 'string');
});

test('profileInIdToken: false leaves the profile to UserInfo', async (t) => {
  const stack = await startStack(t, { profileInIdToken: false });
  for (const audience of [{}, API]) {
    const { tokens } = await signIn(stack, 'alice', audience);
    const { sub, ...others } = claimsOf(tokens);
    assert.equal(sub, 'local|alice');
    assert.equal(others['name'], undefined);
    assert.equal(others['email'], undefined);
    const userInfo = await oidc.fetchUserInfo(stack.rp, tokens.access_token, sub);
    assert.equal(userInfo.name, 'Alice Adams');
  }
});
