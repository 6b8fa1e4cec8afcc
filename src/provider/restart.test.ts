import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { memoryFileOf } from './memory.ts';
import { API, AUDIENCE, beginLogin, refreshTokenOf, refusedWith, signIn, startStack } from './provider-stack.suite.ts';
import { temporaryFolder } from '../../e2e/support/temporary-folder.ts';

const newFile = () => join(temporaryFolder('memory'), 'memory.json');

test('with a file, a restart costs nothing', async (t) => {
  const stack = await startStack(t, { memoryFile: newFile() });
  const { tokens, browser } = await signIn(stack, 'carol', API);
  await stack.restart();

  const keys = createRemoteJWKSet(new URL(stack.rp.serverMetadata().jwks_uri ?? ''));
  await jwtVerify(tokens.access_token, keys, { issuer: stack.issuer, audience: AUDIENCE });
  assert.equal((await oidc.fetchUserInfo(stack.rp, tokens.access_token, 'local|carol')).name, 'Carol Admin');
  const renewed = await oidc.refreshTokenGrant(stack.rp, refreshTokenOf(tokens));
  const again = await beginLogin(stack, {}, browser);
  assert.equal(again.page.url.origin, stack.appOrigin, 'no password is asked for');

  await stack.restart();
  await assert.rejects(oidc.refreshTokenGrant(stack.rp, refreshTokenOf(tokens)), refusedWith('invalid_grant'));
  const page = await browser.open(
    oidc.buildEndSessionUrl(stack.rp, {
      id_token_hint: renewed.id_token ?? '',
      post_logout_redirect_uri: stack.appOrigin,
    }),
  );
  assert.match(page.html, /<form [^>]*data-submit-now/);
  const back = await browser.submit(page, '/session/end/confirm', { logout: 'yes' });
  assert.equal(back.url.origin, stack.appOrigin);
  assert.equal(stack.logoutTokens.length, 1);

  await stack.restart();
  assert.match((await beginLogin(stack, {}, browser)).page.html, /<h1>Sign in<\/h1>/);
});

test('who signed up is known after a restart, and the password is not in the file', async (t) => {
  const memoryFile = newFile();
  const stack = await startStack(t, { memoryFile });
  const eve = { name: 'Eve', email: 'eve@example.com', password: 'a secret of hers' };
  const { page, browser } = await beginLogin(stack, { screen_hint: 'signup' });
  await browser.submit(page, '/sign-up', eve);
  await stack.restart();
  const later = await beginLogin(stack);
  const callback = await later.browser.submit(later.page, '/sign-in', { username: eve.email, password: eve.password });
  await later.finish(callback);
  const kept = readFileSync(memoryFile, 'utf8');
  assert.ok(kept.includes(eve.email) && !kept.includes(eve.password));
});

test('without a file all is new, and nothing is written', async (t) => {
  const stack = await startStack(t);
  const { tokens } = await signIn(stack, 'carol', API);
  await stack.restart();
  await assert.rejects(oidc.refreshTokenGrant(stack.rp, refreshTokenOf(tokens)), refusedWith('invalid_grant'));
  assert.equal(existsSync(memoryFileOf(stack.issuer)), false);
});

test('the file is for its user only, and counts only where it is and is whole', async (t) => {
  const memoryFile = newFile();
  const stack = await startStack(t, { memoryFile });
  const keys = async () => (await fetch(`${stack.issuer}/jwks`)).text();
  const first = await keys();
  const isWindows = process.platform === 'win32';
  if (!isWindows) assert.equal(statSync(memoryFile).mode & 0o777, 0o600);
  await stack.restart();
  assert.equal(await keys(), first);

  const spoil = [
    () => writeFileSync(memoryFile, '{"keys":'),
    ...(isWindows ? [] : [() => chmodSync(memoryFile, 0o644)]),
  ];
  for (const act of spoil) {
    const before = await keys();
    act();
    await stack.restart();
    assert.notEqual(await keys(), before);
  }
});
