import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startApp } from '../../../e2e/support/app.ts';
import { createHttpClient } from '../../../e2e/support/http-client.ts';
import { signIn } from '../../../e2e/support/sign-in.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { signedIn } from '../door/guards.ts';

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

it('a session in cookies is written when it changed, and else as often as it has to be touched', async (t) => {
  const app = await startApp({
    // Touched every two seconds then.
    env: { SESSION_ROLLING_SECONDS: '8' },
    routes: () => [
      {
        method: 'get',
        path: '/test/change',
        access: signedIn,
        handlers: [
          (req, res) => {
            if (req.appSession) req.appSession.userinfo = { at: Date.now() };
            res.json({});
          },
        ],
      },
    ],
  });
  t.after(() => app.stop());
  const client = createHttpClient();
  await signIn(client, `${app.url}/login`);
  const isWritten = async (path: string) => {
    const answer = await client.get(app.url + path);
    assert.equal(answer.status, 200);
    return answer.headers.getSetCookie().some((line) => line.startsWith('appSession'));
  };
  // Since a change was written just before, no touch is due.
  assert.equal(await isWritten('/test/change'), true);
  assert.equal(await isWritten('/profile'), false);
  await waitFor('a touch', () => isWritten('/profile'));
  assert.equal(await isWritten('/profile'), false);
});

it('a cookie that is no session of ours is cleared at a logout, however new it is', async (t) => {
  const app = await startApp();
  t.after(() => app.stop());
  const uat = Math.floor(Date.now() / 1000);
  const header = Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM', uat })).toString('base64url');
  const cookie = `appSession=${header}..a.b.c`;
  const answer = await createHttpClient().get(`${app.url}/logout`, { cookie });
  assert.match(answer.headers.getSetCookie().join(), /appSession=;/);
});
