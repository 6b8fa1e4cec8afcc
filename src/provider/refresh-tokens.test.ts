import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import {
  API,
  AUDIENCE,
  beginLogin,
  claimsOf,
  refreshTokenOf,
  refusedWith,
  signIn,
  startStack,
} from './provider-stack.suite.ts';

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
