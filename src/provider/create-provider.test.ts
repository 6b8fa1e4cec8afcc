import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { DEMO_USERS } from './demo-users.ts';
import { AUDIENCE, Browser, beginLogin, signIn, startStack } from './provider-stack.suite.ts';
import { API_PERMISSIONS, CLAIM_NAMESPACE } from './scopes.ts';

const API = { audience: AUDIENCE, scope: `openid profile offline_access ${API_PERMISSIONS.join(' ')}` };

function claimsOf(tokens: oidc.TokenEndpointResponseHelpers) {
  const claims = tokens.claims();
  assert.ok(claims, 'no ID token');
  return claims;
}

function refreshTokenOf(tokens: oidc.TokenEndpointResponse): string {
  assert.ok(tokens.refresh_token, 'no refresh token');
  return tokens.refresh_token;
}

const refusedWith = (error: string) => (thrown: unknown) => {
  assert.equal((thrown as { error?: string }).error, error);
  return true;
};

test('the discovery document names the endpoints and what they can', async (t) => {
  const { issuer, rp } = await startStack(t);
  const found = rp.serverMetadata();
  assert.equal(found.issuer, issuer);
  for (const scope of ['openid', 'profile', 'email', 'offline_access']) {
    assert.ok(found.scopes_supported?.includes(scope), scope);
  }
  assert.deepEqual(found.code_challenge_methods_supported, ['S256']);
  assert.equal(found.backchannel_logout_session_supported, true);
  for (const endpoint of ['userinfo_endpoint', 'revocation_endpoint', 'end_session_endpoint', 'jwks_uri'] as const) {
    assert.equal(new URL(found[endpoint] ?? '').origin, issuer, endpoint);
  }
  assert.equal(found.introspection_endpoint, undefined);
});

test('a demo user signs in by the form, and the ID token carries the profile', async (t) => {
  const stack = await startStack(t);
  const { tokens } = await signIn(stack, 'alice');
  const claims = claimsOf(tokens);
  assert.equal(claims.sub, 'local|alice');
  assert.equal(claims['name'], 'Alice Adams');
  assert.equal(claims['email'], 'alice@example.com');
  assert.equal(typeof claims['sid'], 'string');

  const picture = await fetch(claims['picture'] as string);
  assert.equal(picture.headers.get('Content-Type'), 'image/svg+xml');
  assert.equal(picture.headers.get('Cross-Origin-Resource-Policy'), 'cross-origin');
});

test('every demo user has a button that signs in at once', async (t) => {
  const stack = await startStack(t);
  for (const { username } of DEMO_USERS) {
    const { page, browser, finish } = await beginLogin(stack);
    const form = page.html.split('<li>').find((item) => item.includes(`value="${username}"`)) ?? '';
    const callback = await browser.submit({ ...page, html: form }, '/sign-in');
    assert.equal(claimsOf(await finish(callback)).sub, `local|${username}`);
  }
});

test('somebody who is signed in already is not asked again, but for prompt=login', async (t) => {
  const stack = await startStack(t);
  const { browser } = await signIn(stack, 'bob');
  const again = await beginLogin(stack, {}, browser);
  assert.equal(claimsOf(await again.finish(again.page)).sub, 'local|bob');
  const forced = await beginLogin(stack, { prompt: 'login' }, browser);
  assert.match(forced.page.html, /<h1>Sign in<\/h1>/);
});

test('signing in as another user ends the first session, tells the app, and finishes the login', async (t) => {
  const stack = await startStack(t);
  const { browser } = await signIn(stack, 'bob');
  const forced = await beginLogin(stack, { prompt: 'login' }, browser);
  const between = await browser.submit(forced.page, '/sign-in', { username: 'carol', password: 'password' });
  // oidc-provider's own page, which submits itself by an inline script: our CSP has to know its hash.
  assert.match(between.headers.get('Content-Security-Policy') ?? '', /script-src 'self' 'sha256-/);
  const callback = await browser.submit(between, '/session/end/confirm');
  assert.equal(claimsOf(await forced.finish(callback)).sub, 'local|carol');
  assert.equal(decodeJwt(stack.logoutTokens[0] ?? '').sub, 'local|bob');
});

test('a wrong password shows the page again, with the username escaped', async (t) => {
  const stack = await startStack(t);
  const { page, browser, finish } = await beginLogin(stack);
  const refused = await browser.submit(page, '/sign-in', { username: '"><b>alice', password: 'no' });
  assert.equal(refused.status, 401);
  assert.match(refused.html, /role="alert">Wrong username or password/);
  assert.match(refused.html, /value="&#34;&gt;&lt;b&gt;alice"/);
  const incomplete = await browser.submit(page, '/sign-in', { username: 'alice' });
  assert.equal(incomplete.status, 400);
  const callback = await browser.submit(refused, '/sign-in', {
    username: 'ALICE@example.com',
    password: 'password',
  });
  assert.equal(claimsOf(await finish(callback)).sub, 'local|alice');
});

test('cancelling tells the app access_denied', async (t) => {
  const stack = await startStack(t);
  const { page, browser, finish } = await beginLogin(stack);
  const callback = await browser.submit(page, '/cancel');
  assert.equal(callback.url.searchParams.get('error'), 'access_denied');
  await assert.rejects(finish(callback), refusedWith('access_denied'));
});

test('two logins begun in one browser both finish', async (t) => {
  const stack = await startStack(t);
  const first = await beginLogin(stack);
  const second = await beginLogin(stack, {}, first.browser);
  for (const { page, browser, finish } of [first, second]) {
    const callback = await browser.submit(page, '/sign-in', { username: 'bob', password: 'password' });
    assert.equal(claimsOf(await finish(callback)).sub, 'local|bob');
  }
});

test('a finished or foreign sign-in is a page that leads back to the app', async (t) => {
  const stack = await startStack(t);
  const { page, browser } = await beginLogin(stack);
  await browser.submit(page, '/sign-in', { username: 'bob', password: 'password' });
  const stranger = new Browser(stack.appOrigin);
  for (const late of [await browser.open(page.url), await stranger.submit(page, '/sign-in')]) {
    assert.equal(late.status, 400);
    assert.match(late.html, /Please start again/);
    assert.ok(late.html.includes(`href="${stack.appOrigin}/"`));
  }
  const unknown = await browser.open(`${stack.issuer}/auth?client_id=<i>stranger`);
  assert.equal(unknown.status, 400);
  assert.match(unknown.html, /Development only/);
});

test('screen_hint=signup makes an account without permissions', async (t) => {
  const stack = await startStack(t);
  const { page, browser, finish } = await beginLogin(stack, { ...API, screen_hint: 'signup' });
  assert.match(page.html, /<h1>Sign up<\/h1>/);
  assert.match((await browser.open(`${page.url.href}?screen=signin`)).html, /<h1>Sign in<\/h1>/);

  const eve = { name: '<Eve>', email: 'Eve@example.com', password: 'secret' };
  const missing = await browser.submit(page, '/sign-up', { ...eve, password: '' });
  assert.equal(missing.status, 400);
  assert.match(missing.html, /value="&lt;Eve&gt;"/);
  const malformed = await browser.submit(page, '/sign-up', { ...eve, email: 'eve' });
  assert.equal(malformed.status, 400);
  const taken = await browser.submit(page, '/sign-up', { ...eve, email: 'Alice@Example.com' });
  assert.equal(taken.status, 409);

  const tokens = await finish(await browser.submit(taken, '/sign-up', eve));
  assert.equal(claimsOf(tokens)['name'], '<Eve>');
  assert.deepEqual(decodeJwt(tokens.access_token)['permissions'], []);

  const later = await beginLogin(stack);
  const callback = await later.browser.submit(later.page, '/sign-in', {
    username: eve.email.toLowerCase(),
    password: eve.password,
  });
  assert.equal(claimsOf(await later.finish(callback)).sub, claimsOf(tokens).sub);
});

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
  // Not asked for openid: the API alone.
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

test('refresh tokens come with offline_access only', async (t) => {
  const stack = await startStack(t);
  const { tokens } = await signIn(stack, 'bob');
  assert.equal(tokens.refresh_token, undefined);
  assert.equal(tokens.scope, 'openid profile email');
});

test('a refresh gives everything anew, and a refresh token that comes twice ends the grant', async (t) => {
  const stack = await startStack(t);
  const { tokens } = await signIn(stack, 'carol', API);
  const first = refreshTokenOf(tokens);
  const renewed = await oidc.refreshTokenGrant(stack.rp, first, { audience: AUDIENCE });
  const second = refreshTokenOf(renewed);
  assert.notEqual(second, first);
  assert.notEqual(renewed.access_token, tokens.access_token);
  assert.equal(renewed.scope, tokens.scope);
  assert.equal(claimsOf(renewed)['name'], 'Carol Admin');
  assert.equal(claimsOf(renewed)['sid'], claimsOf(tokens)['sid']);

  assert.deepEqual(stack.events, []);
  await assert.rejects(oidc.refreshTokenGrant(stack.rp, first), refusedWith('invalid_grant'));
  assert.ok(stack.events.some(({ event }) => event === 'grant.revoked'));
  await assert.rejects(oidc.refreshTokenGrant(stack.rp, second), refusedWith('invalid_grant'));
});

test('of many refreshes at once with one token only one passes', async (t) => {
  const stack = await startStack(t);
  const { tokens } = await signIn(stack, 'bob', API);
  const attempts = Array.from({ length: 5 }, () => oidc.refreshTokenGrant(stack.rp, refreshTokenOf(tokens)));
  const outcomes = await Promise.allSettled(attempts);
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('a refresh for another audience is refused and costs nothing', async (t) => {
  const stack = await startStack(t);
  const { tokens } = await signIn(stack, 'carol', API);
  for (const name of ['audience', 'resource']) {
    await assert.rejects(
      oidc.refreshTokenGrant(stack.rp, refreshTokenOf(tokens), { [name]: 'https://other.example.com' }),
      refusedWith('invalid_target'),
    );
  }
  const renewed = await oidc.refreshTokenGrant(stack.rp, refreshTokenOf(tokens));
  assert.equal([decodeJwt(renewed.access_token).aud].flat()[0], AUDIENCE);
});

test('revoking a refresh token ends its own login only', async (t) => {
  const stack = await startStack(t);
  const { tokens, browser } = await signIn(stack, 'bob', API);
  const again = await beginLogin(stack, API, browser);
  const later = await again.finish(again.page);
  await oidc.tokenRevocation(stack.rp, refreshTokenOf(tokens));
  await assert.rejects(oidc.refreshTokenGrant(stack.rp, refreshTokenOf(tokens)), refusedWith('invalid_grant'));
  await oidc.refreshTokenGrant(stack.rp, refreshTokenOf(later));
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

test('the long user keeps every claim, and pages show the name escaped', async (t) => {
  const stack = await startStack(t);
  const { page } = await beginLogin(stack);
  const dave = DEMO_USERS.find(({ username }) => username === 'dave');
  assert.ok(dave && dave.claims.name.length >= 100);
  assert.ok(page.html.includes('&lt;script&gt;alert(&#39;hi&#39;)'));
  assert.ok(!page.html.includes("<script>alert('hi')"));
  const { tokens } = await signIn(stack, 'dave');
  const claims = claimsOf(tokens);
  for (const [claim, value] of Object.entries(dave.claims)) assert.deepEqual(claims[claim], value, claim);
  assert.ok(Object.keys(claims).filter((claim) => claim.startsWith(CLAIM_NAMESPACE)).length >= 3);
});

test('logout with the ID token submits itself, tells the app by back channel, and returns there', async (t) => {
  const stack = await startStack(t);
  const { tokens, browser } = await signIn(stack, 'bob');
  const page = await browser.open(
    oidc.buildEndSessionUrl(stack.rp, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: stack.appOrigin,
      state: 'xyz',
    }),
  );
  assert.match(page.html, /<form [^>]*data-submit-now/);
  assert.match(page.html, /<button [^>]*>Sign out<\/button>/);
  assert.equal((await fetch(`${stack.issuer}/assets/submit-now.js`)).status, 200);
  const back = await browser.submit(page, '/session/end/confirm', { logout: 'yes' });
  assert.equal(back.url.href, `${stack.appOrigin}/?state=xyz`);

  const keys = createRemoteJWKSet(new URL(stack.rp.serverMetadata().jwks_uri ?? ''));
  const { payload } = await jwtVerify(stack.logoutTokens[0] ?? '', keys, {
    issuer: stack.issuer,
    audience: stack.config.clientId,
  });
  assert.equal(payload.sub, 'local|bob');
  assert.equal(payload['sid'], claimsOf(tokens)['sid']);
  const after = await beginLogin(stack, {}, browser);
  assert.match(after.page.html, /<h1>Sign in<\/h1>/);
});

test('without the ID token, or with that of somebody else, logout asks first', async (t) => {
  const stack = await startStack(t);
  const { tokens } = await signIn(stack, 'alice');
  const { browser } = await signIn(stack, 'bob');
  const urls = [
    `${stack.issuer}/session/end`,
    oidc.buildEndSessionUrl(stack.rp, { id_token_hint: tokens.id_token ?? '' }),
  ];
  for (const url of urls) {
    const page = await browser.open(url);
    assert.match(page.html, /<h1>Sign out\?<\/h1>/);
    assert.doesNotMatch(page.html, /data-submit-now/);
  }
  const elsewhere = await browser.open(
    oidc.buildEndSessionUrl(stack.rp, { post_logout_redirect_uri: 'https://evil.example.com' }),
  );
  assert.equal(elsewhere.status, 400);
  const done = await browser.submit(await browser.open(`${stack.issuer}/session/end`), '/confirm', {
    logout: 'yes',
  });
  assert.match(done.html, /Back to the application/);
});

test('a back-channel logout that the app refuses is reported, and the user signed out all the same', async (t) => {
  const stack = await startStack(t, { logoutStatus: 400 });
  const { browser } = await signIn(stack, 'bob');
  const page = await browser.open(`${stack.issuer}/session/end`);
  const done = await browser.submit(page, '/confirm', { logout: 'yes' });
  assert.equal(done.status, 200);
  const reported = stack.events.find(({ event }) => event === 'backchannel.error');
  assert.match(JSON.stringify(reported?.details), /local\|bob.*400 Bad Request/);
  const after = await beginLogin(stack, {}, browser);
  assert.match(after.page.html, /<h1>Sign in<\/h1>/);
});

test('pages are of the strictest kind, and say that they are for development', async (t) => {
  const stack = await startStack(t);
  const { page } = await beginLogin(stack);
  const csp = page.headers.get('Content-Security-Policy') ?? '';
  assert.match(csp, /default-src 'none'/);
  assert.doesNotMatch(csp, /unsafe-inline/);
  assert.ok(csp.includes(`form-action 'self' ${stack.appOrigin}`));
  assert.match(page.headers.get('Cache-Control') ?? '', /no-store/);
  assert.match(page.html, /Development only/);
  assert.doesNotMatch(page.html, /<script(?![^>]* src=)|<style| style=| on[a-z]+=/);
  const home = await new Browser(stack.appOrigin).open(`${stack.issuer}/`);
  assert.match(home.html, /discovery document/);
});
