import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startApp } from '../../../e2e/support/app.ts';
import { createHttpClient } from '../../../e2e/support/http-client.ts';
import { signIn } from '../../../e2e/support/sign-in.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';

it('a login at the end of a session in a cookie begins another, which lives as long', async (t) => {
  const seconds = '12';
  const app = await startApp({
    env: { SESSION_ROLLING_SECONDS: seconds, SESSION_ABSOLUTE_SECONDS: seconds },
  });
  t.after(() => app.stop());
  const client = createHttpClient();
  /** What the page says to its script. */
  const secondsLeft = async () => {
    const html = await (await client.get(`${app.url}/profile`)).text();
    return Number(/data-latest-in-seconds="(\d+)"/.exec(html)?.[1]);
  };
  const signInAgain = async () => client.follow(await client.get(`${app.url}/login`));

  await signIn(client, `${app.url}/login`);
  const first = await secondsLeft();
  assert.ok(first > 6 && first <= 12);
  // The SDK's own way: one login after another shares the first one's end.
  await signInAgain();
  assert.ok((await secondsLeft()) <= first);

  await waitFor('the end to come near', async () => (await secondsLeft()) < 6);
  await signInAgain();
  assert.ok((await secondsLeft()) > 6);
});
