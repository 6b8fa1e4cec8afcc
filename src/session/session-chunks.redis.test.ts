import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startApp } from '../../e2e/support/app.ts';
import { createHttpClient } from '../../e2e/support/http-client.ts';
import { signIn } from '../../e2e/support/sign-in.ts';
import { signedIn } from '../web/access.ts';

it('a session in cookies that gets smaller stays whole', async (t) => {
  const app = await startApp({
    routes: () => [
      {
        method: 'get',
        path: '/test/resize',
        access: signedIn,
        handlers: [
          (req, res) => {
            if (req.appSession) req.appSession.userinfo = { filler: 'x'.repeat(Number(req.query['bytes'])) };
            res.json({});
          },
        ],
      },
    ],
  });
  t.after(() => app.stop());
  const client = createHttpClient();
  await signIn(client, `${app.url}/login`);
  for (const [bytes, parts] of [
    [7000, 4],
    [4000, 3],
    [1000, 2],
    [9000, 4],
    [10, 1],
    [10, 1],
  ] as const) {
    const answer = await client.get(`${app.url}/test/resize?bytes=${bytes}`);
    assert.equal(answer.status, 200, `still signed in, with ${bytes} bytes`);
    const cookies = await client.jar.getCookies(app.url);
    const names = cookies.map(({ key }) => key).filter((key) => key.startsWith('appSession'));
    assert.ok(names.length <= parts, names.join());
  }
});
