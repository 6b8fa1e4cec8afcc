import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { once } from 'node:events';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startApp, type TestApp } from '../support/app.ts';
import { freePorts } from '../support/ports.ts';
import { AUDIENCE, examine, REDIS_PASSWORD, runDoctor, WRONG_SECRET } from '../support/doctor.ts';
import { createProviderFaults, rewriting } from '../support/provider-faults.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { redisCli, startRedisCluster } from '../support/redis-cluster.ts';
import { startRedisSentinel } from '../support/redis-sentinel.ts';
import { startFaultServer } from '../support/fault-server.ts';
import { makeCertificate } from '../support/certificate.ts';

describe('npm run doctor', () => {
  const faults = createProviderFaults();
  let redis: RedisServer;
  let app: TestApp;
  let api: { stop(): Promise<void> };
  let env: Record<string, string>;
  before(async () => {
    redis = await startRedis({ options: ['--appendonly', 'yes'] });
    redisCli(redis.port, 'ACL', 'SETUSER', 'app', 'on', `>${REDIS_PASSWORD}`, '~gatehouse:*', '+@all');
    const url = `redis://app:${REDIS_PASSWORD}@127.0.0.1:${redis.port}`;
    app = await startApp({
      env: { AUTH0_AUDIENCE: AUDIENCE, REDIS_URL: url },
      provider: { intercept: faults.intercept },
    });
    api = await app.startApi();
    env = { ...app.env };
  });
  beforeEach(() => faults.reset());
  after(async () => {
    await api.stop();
    await app.stop();
    await redis.stop();
  });

  it('finds nothing where all is well, in words and in JSON, and leaves nothing in Redis', async () => {
    const keys = () => redisCli(redis.port, 'KEYS', '*').split('\n').sort();
    redisCli(redis.port, 'SET', 'somebody-elses', '1');
    const found = keys();
    const { failed, warnings, row } = await examine(env);
    assert.deepEqual({ failed, warnings }, { failed: [], warnings: [] });
    const names = ['node', 'configuration', 'provider', 'discovery', 'clock', 'signing', 'client', 'callback'];
    const more = [
      'logout',
      'back-channel logout',
      'scopes',
      'refresh tokens',
      'audience',
      'api',
      'api agrees',
      'cookies',
    ];
    const ofRedis = ['redis', ...['writes', 'eviction', 'persistence', 'memory'].map((of) => `redis ${of}`)];
    for (const name of [...names, ...more, ...ofRedis]) assert.equal(row(name).status, 'ok', row(name).message);

    const { code, output } = await runDoctor(env);
    assert.equal(code, 0, output);
    assert.match(output, /^✔ callback +\S+\/callback is registered$/m);
    assert.match(output, /^Logins can work: 0 failed, 0 warnings\.$/m);
    assert.deepEqual(keys(), found);
  });

  it('tells an audience that the provider or the API does not know', async () => {
    const { failed, warnings } = await examine({ ...env, AUTH0_AUDIENCE: 'https://unknown.example' });
    assert.deepEqual({ failed, warnings }, { failed: ['audience'], warnings: ['api agrees'] });
  });

  for (const [seconds, status] of [
    [-600, 'failed'],
    [600, 'failed'],
    [30, 'warning'],
  ] as const) {
    it(`tells a clock that is ${seconds} seconds off`, async () => {
      faults.on('/.well-known/openid-configuration', (_req, res, next) => {
        res.set('Date', new Date(Date.now() + seconds * 1000).toUTCString());
        next();
      });
      const { code, row } = await examine(env);
      assert.deepEqual([code, row('clock').status], [status === 'failed' ? 1 : 0, status]);
      assert.match(row('clock').message, seconds > 0 ? /behind/ : /ahead/);
    });
  }

  it('tells what the provider does not support', async () => {
    const discovery = '/.well-known/openid-configuration';
    const without = { id_token_signing_alg_values_supported: ['ES256'], grant_types_supported: [] };
    faults.on(
      discovery,
      rewriting(({ end_session_endpoint: _none, ...rest }) => ({ ...rest, ...without })),
    );
    const { failed, warnings } = await examine(env);
    assert.deepEqual({ failed, warnings }, { failed: ['signing'], warnings: ['logout', 'refresh tokens'] });
  });

  it('finds nothing where the issuer has a slash at the end, or no algorithms are named', async () => {
    for (const change of [
      ({ issuer, ...body }: Record<string, unknown>) => ({ ...body, issuer: `${String(issuer)}/` }),
      ({ id_token_signing_alg_values_supported: _listed, ...body }: Record<string, unknown>) => body,
    ]) {
      faults.on('/.well-known/openid-configuration', rewriting(change));
      const { row } = await examine(env);
      assert.deepEqual([row('discovery').status, row('signing').status], ['ok', 'ok']);
    }
    assert.match((await examine(env)).row('signing').message, /^RS256, assumed since none is named/);
  });

  it('tells an issuer that is a template, and what to write', async () => {
    faults.on(
      '/.well-known/openid-configuration',
      rewriting((body) => ({ ...body, issuer: 'https://id.example.com/{tenantid}/v2.0' })),
    );
    assert.match((await examine(env)).row('discovery').mend ?? '', /issuer of one tenant/);
  });

  it('tells an issuer that calls itself otherwise, and what to write', async () => {
    const issuer = 'https://id.example.com/';
    faults.on(
      '/.well-known/openid-configuration',
      rewriting((body) => ({ ...body, issuer })),
    );
    const { failed, row } = await examine(env);
    assert.deepEqual(failed, ['discovery']);
    assert.match(row('discovery').mend ?? '', /ISSUER_BASE_URL=https:\/\/id\.example\.com\//);
    assert.equal(row('client').status, 'skipped');
  });

  it('only warns of an API that is away, in trouble, or says nothing of itself', async (t) => {
    const server = await startFaultServer();
    t.after(() => server.stop());
    const at = (url: string) => examine({ ...env, API_SERVER_URL: url });
    server.answer((_req, res) => res.writeHead(404).end());
    assert.equal((await at(server.url)).row('api agrees').status, 'skipped');
    server.answer((_req, res) => res.writeHead(503).end());
    assert.deepEqual((await at(server.url)).warnings, ['api']);
    const [port = 0] = await freePorts(1);
    const { code, warnings } = await at(`http://localhost:${port}`);
    assert.deepEqual([code, warnings], [0, ['api']]);
  });

  it('tells a proxy that is not trusted', async () => {
    const https = { ...env, AUTH0_REDIRECT_URI: 'https://app.example.com/callback' };
    assert.match((await examine(https)).row('cookies').mend ?? '', /TRUST_PROXY=1/);
    assert.equal((await examine({ ...https, TRUST_PROXY: '1' })).row('cookies').status, 'ok');
  });

  describe('of Redis', () => {
    it('tells a password that is wrong, and a server that is not there', async () => {
      const wrong = await examine({
        ...env,
        REDIS_URL: `redis://app:${WRONG_SECRET}@127.0.0.1:${redis.port}`,
      });
      assert.deepEqual(wrong.failed, ['redis']);
      assert.match(wrong.row('redis').message, /password/);
      const [port = 0] = await freePorts(1);
      for (const kind of ['redis://', 'redis+cluster://', 'redis+sentinel://']) {
        const path = kind.includes('sentinel') ? '/main' : '';
        const url = `${kind}:${REDIS_PASSWORD}@127.0.0.1:${port}${path}`;
        const dead = await examine({ ...env, REDIS_URL: url });
        assert.deepEqual(dead.failed, ['redis'], kind);
        assert.match(dead.row('redis').message, /nothing listens/);
      }
    });

    it('gives up on one that hangs', async () => {
      redis.pause();
      const begun = performance.now();
      try {
        const { failed, row } = await examine(env);
        assert.deepEqual(failed, ['redis']);
        assert.match(row('redis').message, /does not answer/);
      } finally {
        redis.resume();
      }
      assert.ok(performance.now() - begun < 10_000);
    });

    it('warns of one that evicts and forgets, and of one that is nearly full', async (t) => {
      const options = ['--maxmemory-policy', 'allkeys-lru', '--maxmemory', '19mb'];
      const evicting = await startRedis({ options });
      t.after(() => evicting.stop());
      redisCli(evicting.port, 'SETRANGE', 'filler', '15000000', 'x');
      const { code, warnings } = await examine({ ...env, REDIS_URL: evicting.url });
      assert.deepEqual(warnings, ['redis eviction', 'redis persistence', 'redis memory']);
      assert.equal(code, 0);
    });

    for (const [kind, start] of [
      ['a master that sentinels name', startRedisSentinel],
      ['a cluster', startRedisCluster],
    ] as const) {
      it(`checks ${kind}`, async (t) => {
        const several = await start();
        t.after(() => several.stop());
        const { failed, row } = await examine({ ...env, REDIS_URL: several.url });
        assert.deepEqual(failed, []);
        for (const name of ['redis', 'redis writes', 'redis eviction']) assert.equal(row(name).status, 'ok');
        if (kind === 'a cluster') return;
        const misnamed = await examine({ ...env, REDIS_URL: several.url.replace(/main$/, 'other') });
        assert.match(misnamed.row('redis').message, /no master other/);
      });
    }

    it('tells one that takes no writes', async (t) => {
      const full = await startRedis({ options: ['--maxmemory', '1', '--appendonly', 'yes'] });
      t.after(() => full.stop());
      const { failed, row } = await examine({ ...env, REDIS_URL: full.url });
      assert.deepEqual(failed, ['redis writes']);
      assert.match(row('redis writes').mend ?? '', /maxmemory/);
    });

    it('makes nothing of rights that it lacks', async () => {
      redisCli(redis.port, 'ACL', 'SETUSER', 'app', '-info', '-config');
      try {
        const { failed, warnings, row } = await examine(env);
        assert.deepEqual({ failed, warnings }, { failed: [], warnings: [] });
        assert.equal(row('redis eviction').status, 'skipped');
      } finally {
        redisCli(redis.port, 'ACL', 'SETUSER', 'app', '+info', '+config');
      }
    });
  });

  it('tells every problem of a configuration in one run, and checks what can be read', async () => {
    const { failed, row } = await examine({ ...env, PORT: 'x', AUTH0_CLIENT_ID: '', METRICS_PORT: '0' });
    const variables = ['AUTH0_CLIENT_ID', 'METRICS_PORT', 'PORT'];
    assert.deepEqual(failed.sort(), variables.map((name) => `configuration ${name}`).sort());
    assert.match(row('configuration AUTH0_CLIENT_ID').mend ?? '', /client ID of your application/);
    for (const name of ['provider', 'redis', 'api']) assert.equal(row(name).status, 'ok');
    assert.match(row('client').message, /configuration has to be mended first/);

    const { PROVIDER_PORT = '', API_PORT = '' } = env;
    const local = await examine({ PROVIDER_PORT, API_PORT, PORT: 'x', SESSION_ROLLING_SECONDS: 'x' });
    assert.deepEqual(local.failed, ['configuration PORT', 'configuration SESSION_ROLLING_SECONDS']);
  });
});

it('npm run doctor says what to start where no provider is named and none runs', async () => {
  const [PORT, API_PORT, PROVIDER_PORT] = (await freePorts(3)).map(String) as [string, string, string];
  const { failed, warnings, row } = await examine({ PORT, API_PORT, PROVIDER_PORT });
  assert.deepEqual({ failed, warnings }, { failed: ['provider'], warnings: ['api'] });
  assert.match(row('provider').mend ?? '', /npm start in another terminal/);
});

it('npm run doctor tells a certificate that nobody trusts, and how to trust it', async (t) => {
  const { key, certificate: cert } = makeCertificate();
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_req, res) => {
    res.writeHead(404).end();
  }).listen(0);
  await once(server, 'listening');
  t.after(() => server.close());
  const env = {
    ISSUER_BASE_URL: `https://localhost:${(server.address() as { port: number }).port}`,
    AUTH0_CLIENT_ID: 'client',
    AUTH0_CLIENT_SECRET: 'client-secret-of-the-tests-and-of-nobody-else',
    AUTH0_SECRET: 'session-secret-of-the-tests-and-of-nobody-else',
  };
  const wary = await examine(env);
  assert.deepEqual(wary.failed, ['provider']);
  assert.match(wary.row('provider').message, /certificate/);
  assert.match(wary.row('provider').mend ?? '', /NODE_EXTRA_CA_CERTS/);
  const trusting = await examine({ ...env, NODE_EXTRA_CA_CERTS: cert });
  assert.equal(trusting.row('provider').status, 'ok');
  assert.deepEqual(trusting.failed, ['discovery']);
});

it('says of secrets that are none what the app says of them', async () => {
  const production = {
    NODE_ENV: 'production',
    ISSUER_BASE_URL: 'http://localhost:1',
    AUTH0_CLIENT_ID: 'client',
    AUTH0_CLIENT_SECRET: 'client-secret-of-the-tests-and-of-nobody-else',
  };
  const good = 'session-secret-of-the-tests-and-of-nobody-else';
  for (const [secrets, message] of [
    [`${good},${'ab'.repeat(20)}`, /fewer than 4 different characters/],
    [`${good},local-development-session-secret-known-to-everybody`, /is the demo secret/],
  ] as const) {
    const { row, failed } = await examine({ ...production, AUTH0_SECRET: secrets });
    assert.ok(failed.includes('configuration AUTH0_SECRET'), failed.join());
    assert.match(row('configuration AUTH0_SECRET').message, message);
    assert.match(row('configuration AUTH0_SECRET').mend ?? '', /openssl rand -hex 64/);
  }
});
