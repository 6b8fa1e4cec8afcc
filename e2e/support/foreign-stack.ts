import assert from 'node:assert/strict';
import { type ForeignFolder, installPackage } from './foreign-folder.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { freePorts } from './ports.ts';
import { type Program, startServer } from './program.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { signIn } from './sign-in.ts';
import { clientEnv } from './client-env.ts';

/** A host of e2e/foreign with the packed library in it, a Redis of its own, and the local provider. */
export interface ForeignStack {
  readonly url: string;
  readonly host: ForeignFolder;
  readonly redis: RedisServer;
  readonly env: Readonly<Record<string, string>>;
  readonly app: Program;
  /** One more process of the same app, with the same Redis. */
  startAnother(env?: Record<string, string>): Promise<{ readonly url: string; readonly app: Program }>;
  /** A browser of its own that names itself so, with somebody signed in. */
  signedIn(username?: string): Promise<HttpClient>;
  stop(): Promise<void>;
}

export async function startForeignStack(folder: string): Promise<ForeignStack> {
  const host = await installPackage(folder);
  const redis = await startRedis();
  const [port = 0, providerPort = 0] = await freePorts(2);
  const url = `http://localhost:${port}`;
  const env = {
    ...clientEnv(port, providerPort),
    AUTH0_AUDIENCE: 'https://api.gatehouse.test',
    REDIS_URL: redis.url,
  };
  const provider = await startServer('provider', env);
  const app = await host.start('app.js', env);
  const others: Program[] = [];
  return {
    ...{ url, host, redis, env, app },
    startAnother: async (more = {}) => {
      const [own = 0] = await freePorts(1);
      const other = await host.start('app.js', { ...env, PORT: String(own), ...more });
      others.push(other);
      return { url: `http://localhost:${own}`, app: other };
    },
    signedIn: async (username = 'alice') => {
      const client = createHttpClient({ 'user-agent': `browser of ${username}` });
      assert.equal((await signIn(client, `${url}/account`, username)).status, 200);
      return client;
    },
    stop: async () => {
      await Promise.allSettled([app, ...others, provider, redis].map((program) => program.stop()));
      host.remove();
    },
  };
}

/** Sends JSON as a script of the app's own pages does. */
export function postJson(client: HttpClient, url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept: 'application/json', 'sec-fetch-site': 'same-origin' };
  return client.send(url, { method: 'POST', headers, body: JSON.stringify(body) });
}
