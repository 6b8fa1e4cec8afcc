import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { beginLogin, claimsOf, signIn, startStack } from './provider-stack.suite.ts';

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
