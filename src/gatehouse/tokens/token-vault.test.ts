import assert from 'node:assert/strict';
import { it } from 'node:test';
import { heldTokens } from './token-vault.ts';

const config = { audience: 'https://api.example.com', scopes: ['openid', 'email'] };

it('says what the tokens of a session are good for, and not what they are', () => {
  assert.deepEqual(heldTokens({}, config), []);
  const session = {
    access_token: 'secret',
    expires_at: 1000,
    tokens: [
      { audience: 'a', requested: 'read', access_token: 'secret', expires_at: 2000 },
      { audience: 'b', requested: 'read write', scope: 'read', access_token: 'secret', expires_at: 3000 },
    ],
  };
  assert.deepEqual(heldTokens(session, config), [
    { audience: 'https://api.example.com', scope: 'openid email', endsAt: 1000 },
    { audience: 'a', scope: 'read', endsAt: 2000 },
    { audience: 'b', scope: 'read', endsAt: 3000 },
  ]);
});
