import assert from 'node:assert/strict';
import { clientEnv } from './client-env.ts';
import { type ForeignFolder, installPackage } from './foreign-folder.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { freePorts } from './ports.ts';
import { type Program, startServer } from './program.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { signIn } from './sign-in.ts';

/** A host app of e2e/foreign with the packed library in it, and its own Redis. */
export interface ForeignStack {
  readonly url: string;
  readonly host: ForeignFolder;
  /** It writes everything to disk at once. */
  readonly redis: RedisServer;
  readonly env: Readonly<Record<string, string>>;
  readonly app: Program;
  /** One more process of the same app, with the same Redis. */
  startAnother(env?: Record<string, string>): Promise<{ readonly url: string; readonly app: Program }>;
  /** A new browser that names itself after its user, with that user signed in. */
  signedIn(username?: string): Promise<HttpClient>;
  stop(): Promise<void>;
}

/** What a redis-server needs to lose nothing when it is killed. */
export const ON_DISK = { options: ['--appendonly', 'yes', '--appendfsync', 'always'] } as const;

/** Runs `script` of an installed host app whose provider is running. `page` needs a login. */
export async function startForeignStack(
  host: ForeignFolder,
  { script, page, env: given }: { script: string; page: string; env: Record<string, string> },
): Promise<ForeignStack> {
  const redis = await startRedis(ON_DISK);
  const env: Record<string, string> = { ...given, REDIS_URL: redis.url };
  const url = `http://localhost:${env['PORT']}`;
  const app = await host.start(script, env);
  const others: Program[] = [];
  return {
    ...{ url, host, redis, env, app },
    startAnother: async (more = {}) => {
      const [own = 0] = await freePorts(1);
      const other = await host.start(script, { ...env, PORT: String(own), ...more });
      others.push(other);
      return { url: `http://localhost:${own}`, app: other };
    },
    signedIn: async (username = 'alice') => {
      const client = createHttpClient({ 'user-agent': `browser of ${username}` });
      assert.equal((await signIn(client, url + page, username)).status, 200);
      return client;
    },
    stop: async () => {
      await Promise.allSettled([app, ...others, redis].map((program) => program.stop()));
    },
  };
}

/** The host app on Express 4, with the local provider. */
export async function startExpress4(): Promise<ForeignStack> {
  const host = await installPackage('e2e/foreign/express-4');
  const [port = 0, providerPort = 0] = await freePorts(2);
  const env = { ...clientEnv(port, providerPort), AUTH0_AUDIENCE: 'https://api.gatehouse.test' };
  const provider = await startServer('provider', env);
  const stack = await startForeignStack(host, { script: 'app.js', page: '/account', env });
  const stop = async () => {
    await Promise.allSettled([stack.stop(), provider.stop()]);
    host.remove();
  };
  return { ...stack, stop };
}

/** Sends JSON as a script of the app's own pages does. */
export function postJson(client: HttpClient, url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept: 'application/json', 'sec-fetch-site': 'same-origin' };
  return client.send(url, { method: 'POST', headers, body: JSON.stringify(body) });
}
