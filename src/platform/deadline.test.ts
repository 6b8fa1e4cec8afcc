import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { withDeadline } from './deadline.ts';

it('rejects work that takes too long, and passes on all other', async () => {
  await assert.rejects(withDeadline(new Promise(() => {}), 5), /no answer within 5 ms/);
  assert.equal(await withDeadline(Promise.resolve(1), 1000), 1);
  await assert.rejects(withDeadline(Promise.reject(new Error('its own')), 1000), /its own/);
});

it('does not blame the work for a stall of this process', async () => {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => port1.once('message', resolve));
  const work = withDeadline(answer, 20);
  port2.postMessage('here in time');
  const end = Date.now() + 60;
  while (Date.now() < end); // busy beyond the deadline
  assert.equal(await work, 'here in time');
  port1.close();
});
