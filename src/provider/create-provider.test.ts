import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, beginLogin, startStack } from './provider-stack.suite.ts';

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
