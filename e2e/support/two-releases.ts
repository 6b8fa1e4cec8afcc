import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from 'redis';
import { type ForeignFolder, installPackage } from './foreign-folder.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { freePorts } from './ports.ts';
import { startServer } from './program.ts';
import { startRedis } from './redis.ts';
import { callbackUrlOf } from './sign-in.ts';
import { HOST_JS } from './two-releases-host.ts';
import { clientEnv } from './client-env.ts';

const FIXTURES = 'e2e/fixtures';

/** The newest release that was kept. */
export function lastRelease(): string {
  const inOrder = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
  const kept = readdirSync(FIXTURES).filter((name) => /^release-.+\.tgz$/.test(name));
  const last = kept.sort(inOrder).at(-1);
  assert.ok(last);
  return join(FIXTURES, last);
}

/** The host app as one of the releases serves it. */
export interface Side {
  readonly name: 'old' | 'new';
  readonly url: string;
}

/** What Redis has under a key. */
export interface KeyedValue {
  readonly key: string;
  readonly value: string;
}

export type TwoReleases = Awaited<ReturnType<typeof startTwoReleases>>;

/**
 * One host app with the last release and with the build, on one Redis and one provider, as in a rolling upgrade. Its
 * cookies go to both, as behind a load balancer. `inCookies`: they hold the sessions, too.
 */
export async function startTwoReleases({ inCookies = false } = {}) {
  const [before, now] = await Promise.all([installHost(lastRelease()), installHost()]);
  const [redis, [oldPort = 0, newPort = 0, providerPort = 0]] = await Promise.all([startRedis(), freePorts(3)]);
  const url = (port: number) => `http://localhost:${port}`;
  const sides: Record<Side['name'], Side> = {
    old: { name: 'old', url: url(oldPort) },
    new: { name: 'new', url: url(newPort) },
  };
  const env = {
    ...clientEnv(oldPort, providerPort),
    AUTH0_AUDIENCE: 'https://api.gatehouse.test',
  };
  const provider = await startServer('provider', env);
  const start = (host: ForeignFolder, { name }: Side, port: number) =>
    host.start('app.js', { ...env, PORT: String(port), ...(!inCookies && { REDIS_URL: redis.url }), SIDE: name });
  const programs = [await start(before, sides.old, oldPort), await start(now, sides.new, newPort)];
  const admin = createClient({ url: redis.url });
  await admin.connect();

  return {
    ...sides,
    admin,
    /** Both sides in turn, so many times in all. */
    turns: (times: number) => Array.from({ length: times }, (_, n) => (n % 2 ? sides.new : sides.old)),
    /** A new browser, with somebody who began the login at one and finished it at the other. */
    signedIn: async (begun: Side, finished = begun, username = 'alice'): Promise<HttpClient> => {
      const client = createHttpClient({ 'user-agent': `browser of ${username}` });
      const { pathname, search } = new URL(await callbackUrlOf(client, `${begun.url}/me`, username));
      const answer = await client.get(`${finished.url}${pathname}${search}`);
      assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/me']);
      return client;
    },
    /** The key and the value of the session that `visit` reads. */
    sessionOf: async (visit: () => Promise<unknown>): Promise<KeyedValue> => {
      const keys: string[] = [];
      const monitor = createClient({ url: redis.url });
      await monitor.connect();
      await monitor.monitor((line) => {
        const [, key] = /"GET" "(gatehouse:session:[^"]+)"/i.exec(String(line)) ?? [];
        if (key !== undefined) keys.push(key);
      });
      await visit().finally(() => monitor.destroy());
      const [key = ''] = keys;
      return { key, value: (await admin.get(key)) ?? '' };
    },
    stop: async () => {
      admin.destroy();
      await Promise.allSettled([...programs, provider, redis].map((program) => program.stop()));
      for (const host of [before, now]) host.remove();
    },
  };
}

const installHost = (release?: string) => installPackage({ 'app.js': HOST_JS }, {}, release);
