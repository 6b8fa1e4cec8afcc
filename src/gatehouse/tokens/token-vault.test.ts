import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { SessionContent } from '../session/session-content.ts';
import { heldTokens } from './token-vault.ts';

const config = { audience: 'https://api.example.com', scopes: ['openid', 'email'] };
const content: SessionContent = {
  claims: { sub: 'local|alice' },
  id_token: 'secret',
  asked: { at: 900 },
  logins: [],
};

it('says what the tokens of a session are good for, and not what they are', () => {
  assert.deepEqual(heldTokens(content, config), []);
  const session: SessionContent = {
    ...content,
    access_token: 'secret',
    refresh_token: 'secret',
    expires_at: 1000,
    tokens: [
      { audience: 'a', requested: 'read', access_token: 'secret', expires_at: 2000 },
      { audience: 'b', requested: 'read write', scope: 'read', access_token: 'secret', expires_at: 3000 },
      { audience: 'c', requested: 'read', access_token: 'secret' },
    ],
  };
  assert.deepEqual(heldTokens(session, config), [
    { audience: 'https://api.example.com', scope: 'openid email', expiresAt: new Date(1_000_000) },
    { audience: 'a', scope: 'read', expiresAt: new Date(2_000_000) },
    { audience: 'b', scope: 'read', expiresAt: new Date(3_000_000) },
    { audience: 'c', scope: 'read', expiresAt: undefined },
  ]);
});
