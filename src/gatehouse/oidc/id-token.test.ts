import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertRecent, InvalidIdTokenError } from './id-token.ts';

it('a sign-in that was to be recent is so by auth_time, or it is none', () => {
  const now = 1_800_000_000;
  for (const auth_time of [now, now - 300, now - 359]) assertRecent({ auth_time }, 300, now);
  assertRecent({}, undefined, now);
  for (const auth_time of [now - 361, 0, undefined, null, `${now}`]) {
    assert.throws(() => assertRecent({ auth_time }, 300, now), InvalidIdTokenError, String(auth_time));
  }
});
