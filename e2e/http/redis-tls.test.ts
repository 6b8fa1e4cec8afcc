import assert from 'node:assert/strict';
import { after, before, it, type TestContext } from 'node:test';
import { makeCertificate } from '../support/certificate.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startServer } from '../support/program.ts';
import { startRedisNode } from '../support/redis-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { AWAY_ENV } from '../support/client-env.ts';

const { certificate, tls } = makeCertificate();
let redis: Awaited<ReturnType<typeof startRedisNode>>;
let port = 0;

before(async () => {
  [port = 0] = await freePorts(1);
  redis = await startRedisNode(0, ['--tls-port', String(port), ...tls]);
});
after(() => redis.remove());

async function startWeb(
  t: TestContext,
  env: Record<string, string>,
): Promise<{ web: Program; ready: () => Promise<number> }> {
  const [webPort = 0] = await freePorts(1);
  const web = await startServer('web', {
    PORT: String(webPort),
    ...AWAY_ENV,
    REDIS_URL: `rediss://localhost:${port}`,
    ...env,
  });
  t.after(() => web.stop());
  return { web, ready: async () => (await fetch(`http://localhost:${webPort}/ready`)).status };
}

for (const variable of ['REDIS_CA', 'NODE_EXTRA_CA_CERTS']) {
  it(`rediss:// with a certificate of its own works by ${variable}`, async (t) => {
    const { ready } = await startWeb(t, { [variable]: certificate });
    await waitFor('ready', async () => (await ready()) === 200);
  });
}

it('without either it is refused, and the log says that it is not trusted and what to write', async (t) => {
  const { web, ready } = await startWeb(t, {});
  await waitFor('the refusal in the log', () => /redis is away.*self.signed/is.test(web.output()));
  assert.match(web.output(), /not trusted.*REDIS_CA/s);
  assert.equal(await ready(), 503);
});
