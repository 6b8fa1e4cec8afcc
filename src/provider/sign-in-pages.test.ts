import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { DEMO_USERS } from './demo-users.ts';
import { API, claimsOf, refusedWith, Browser, beginLogin, signIn, startStack } from './provider-stack.suite.ts';
import { CLAIM_NAMESPACE } from './scopes.ts';

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
  // oidc-provider's own page submits itself with an inline script, so our CSP has to list its hash.
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
