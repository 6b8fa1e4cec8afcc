import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProviderRetry } from './provider-fault.ts';

const CROWD = 200;

describe('a provider that fails a crowd at one moment', () => {
  const failing = () => Object.assign(new Error('no'), { response: new Response(null, { status: 503 }) });

  it('is tried again by one of them, for all', async () => {
    const retry = createProviderRetry();
    let requests = 0;
    const request = async () => {
      requests += 1;
      throw failing();
    };
    const ends = await Promise.allSettled(Array.from({ length: CROWD }, () => retry(request)));
    assert.ok(ends.every(({ status }) => status === 'rejected'));
    assert.equal(requests, CROWD + 2);
  });

  it('serves them all where that one succeeds', async () => {
    const retry = createProviderRetry();
    let requests = 0;
    const request = async () => {
      requests += 1;
      if (requests <= CROWD + 1) throw failing();
      return 'answer';
    };
    const answers = await Promise.all(Array.from({ length: CROWD }, () => retry(request)));
    assert.ok(answers.every((answer) => answer === 'answer'));
    assert.equal(requests, 2 * CROWD + 1);
  });
});
