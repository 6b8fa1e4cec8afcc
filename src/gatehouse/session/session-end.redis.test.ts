import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startApp } from '../../../e2e/support/app.ts';
import { createHttpClient } from '../../../e2e/support/http-client.ts';
import { startRedis } from '../../../e2e/support/redis.ts';
import { signIn } from '../../../e2e/support/sign-in.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';

for (const kind of ['Redis', 'cookies']) {
  it(`a login begins another session, which lives as long, whenever it is (sessions in ${kind})`, async (t) => {
    const redis = kind === 'Redis' ? await startRedis() : undefined;
    t.after(() => redis?.stop());
    const seconds = '12';
    const app = await startApp({
      env: {
        SESSION_ROLLING_SECONDS: seconds,
        SESSION_ABSOLUTE_SECONDS: seconds,
        ...(redis && { REDIS_URL: redis.url }),
      },
    });
    t.after(() => app.stop());
    const client = createHttpClient();
    /** What the page tells its script. */
    const secondsLeft = async () => {
      const html = await (await client.get(`${app.url}/profile`)).text();
      return Number(/data-latest-in-seconds="(\d+)"/.exec(html)?.[1]);
    };
    const signInAgain = async () => client.follow(await client.get(`${app.url}/login`));

    await signIn(client, `${app.url}/login`);
    const first = await secondsLeft();
    assert.ok(first > 6 && first <= 12);
    // One login comes early in the life of the session before, and one late.
    for (const mark of [9, 5]) {
      await waitFor('time to pass', async () => (await secondsLeft()) <= mark);
      await signInAgain();
      const left = await secondsLeft();
      assert.ok(left > mark && left <= 12, `${left} s left after a login with ${mark} s left`);
    }
  });
}
