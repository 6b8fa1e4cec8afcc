import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sessionEnd } from './session-end.ts';

const config = (rollingSeconds: number, absoluteSeconds: number) => ({
  session: { rollingSeconds, absoluteSeconds },
});

describe('the end of a session', () => {
  it('is promised to the last touch, which is not written for every visit', () => {
    const asked = { at: 1000 };
    assert.deepEqual(sessionEnd({ asked }, config(86_400, 604_800), 1000), {
      idleSeconds: 86_340,
      latestInSeconds: 604_800,
    });
    assert.equal(sessionEnd({ asked }, config(60, 600), 1000).idleSeconds, 45);
  });

  it('comes at the latest so long after the login', () => {
    const asked = { at: 1000 };
    assert.equal(sessionEnd({ asked }, config(60, 600), 1540).latestInSeconds, 60);
    assert.equal(sessionEnd({ asked, began: 900 }, config(60, 600), 1440).latestInSeconds, 60);
  });
});
