import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { HttpClient } from '../support/http-client.ts';
import { type Side, startTwoReleases } from '../support/two-releases.ts';
import { meAt, save, statusAt } from '../support/two-releases-visit.ts';

it('sessions in cookies of the release before are read; one of ours is nobody’s there, and stays', async (t) => {
  const two = await startTwoReleases({ inCookies: true });
  t.after(() => two.stop());
  const [alice, bob] = [await two.signedIn(two.old), await two.signedIn(two.new, two.new, 'bob')];
  const seen = async (client: HttpClient, side: Side) => {
    const { sub, email, data } = await meAt(client, side);
    return { sub, email, data };
  };
  assert.deepEqual(await seen(alice, two.new), await seen(alice, two.old));
  assert.equal(await statusAt(bob, two.old), 401);
  assert.deepEqual((await seen(bob, two.new)).data, { begunAt: 'new' });
  // This release writes the session anew.
  await save(alice, two.new, { cart: 'full' });
  assert.deepEqual((await seen(alice, two.new)).data, { begunAt: 'old', cart: 'full' });
});
