import assert from 'node:assert/strict';
import { it } from 'node:test';
import { withDeadline } from './deadline.ts';

it('rejects work that takes too long, and passes on all other', async () => {
  await assert.rejects(withDeadline(new Promise(() => {}), 5), /no answer within 5 ms/);
  assert.equal(await withDeadline(Promise.resolve(1), 1000), 1);
  await assert.rejects(withDeadline(Promise.reject(new Error('its own')), 1000), /its own/);
});
