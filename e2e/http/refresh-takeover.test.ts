import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import type { RequestHandler } from 'express';
import { freePorts } from '../support/ports.ts';
import { startServer } from '../support/program.ts';
import { holding } from '../support/provider-faults.ts';
import { startRedis } from '../support/redis.ts';
import { startTokenApp, tokenUser } from '../support/token-app.ts';
import { waitFor } from '../support/wait-for.ts';

it('a process killed in the middle of a refresh: the next takes over, and signs out only where it must', async () => {
  const redis = await startRedis();
  const app = await startTokenApp({ REDIS_URL: redis.url }, {}, {}, { besidePrograms: true });
  const [port = 0] = await freePorts(1);
  const doomed = await startServer('web', {
    ...app.env,
    ...{ PORT: String(port), AUTH0_REDIRECT_URI: `${app.url}/callback`, LOG_LEVEL: 'info' },
  });
  try {
    const [lucky, unlucky] = [await tokenUser(app, 'alice'), await tokenUser(app, 'bob')];
    await Promise.all([lucky.expire(), unlucky.expire()]);
    const never = new Promise(() => {});
    const refresh = async (user: typeof lucky, fault: RequestHandler) => {
      app.faults.reset();
      app.faults.on('/token', fault);
      const page = user.client.postForm(`http://localhost:${port}/api-call/refresh`, {});
      page.catch(() => 'its process is killed');
      await waitFor('the token request', () => app.faults.count('/token') === 1);
    };
    await refresh(lucky, () => {}); // the provider has not begun with it
    await refresh(unlucky, holding(never)); // its refresh token is rotated already
    doomed.process.kill('SIGKILL');
    await once(doomed.process, 'close');
    app.faults.reset();

    assert.equal((await lucky.token()).fault?.kind, 'slow'); // the dead process's lease still stands
    await Promise.all([
      waitFor('the takeover', async () => (await lucky.token()).outcome === 'token'),
      waitFor('the sign-out', async () => (await unlucky.token()).outcome === 'refused'),
    ]);
    assert.equal((await lucky.token('force')).outcome, 'token');
    assert.deepEqual(
      app.events.filter((event) => event === 'grant.revoked'),
      ['grant.revoked'],
    );
  } finally {
    await doomed.stop();
    await app.stop();
    await redis.stop();
  }
});
