import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProviderMemory } from './memory.ts';
import { createMemoryAdapter } from './memory-adapter.ts';

const adapterOf = createMemoryAdapter(new ProviderMemory());

test('what has been used once cannot be used again', async () => {
  const codes = adapterOf('AuthorizationCode');
  await codes.upsert('code', { grantId: 'grant' }, 60);
  await codes.consume('code');
  const found = await codes.find('code');
  assert.equal(typeof found?.consumed, 'number');
  await assert.rejects(codes.consume('code'), { error: 'invalid_grant' });
  await assert.rejects(codes.consume('never seen'), { error: 'invalid_grant' });
});

test('nothing outlives its time', async () => {
  const sessions = adapterOf('Session');
  await sessions.upsert('old', { uid: 'old uid' }, 0);
  assert.equal(await sessions.find('old'), undefined);
  assert.equal(await sessions.findByUid('old uid'), undefined);
});

test('revoking a grant takes what came of it, and nothing else', async () => {
  const tokens = adapterOf('RefreshToken');
  await tokens.upsert('mine', { grantId: 'mine' }, 60);
  await tokens.upsert('other', { grantId: 'other' }, 60);
  await tokens.revokeByGrantId('mine');
  assert.equal(await tokens.find('mine'), undefined);
  assert.deepEqual(await tokens.find('other'), { grantId: 'other' });
});
