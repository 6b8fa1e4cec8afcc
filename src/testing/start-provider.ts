import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ConfigError } from '../gatehouse/config/env-reader.ts';
import { httpUrl } from '../gatehouse/config/parsers.ts';
import { CannotListenError, type Running } from '../program/listen.ts';
import { readProviderConfig } from '../program/provider-config.ts';
import { loadProvider } from '../provider/load-provider.ts';
import { noteApp } from './running.ts';

export interface TestProviderOptions {
  /**
   * Origin of the app under test, such as `http://localhost:3000`. Default: a free port of localhost, on which the app
   * has to listen (`env.PORT`). With supertest, which finds the app by itself, any origin will do.
   */
  readonly appUrl?: string;
  /** Path of the app's callback. Default `/callback`. */
  readonly callbackPath?: string;
  /** Port of the provider. Default: a free one. */
  readonly port?: number;
  /** The API for which access tokens are wanted: `AUTH0_AUDIENCE`. Default: none. */
  readonly audience?: string;
}

/** A local OpenID provider that runs in this process. */
export interface TestProvider {
  readonly issuer: string;
  readonly appUrl: string;
  /** All that `gatehouse({ env })` needs, and the `PORT` for the app to listen on. Each provider has new secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves when its port is free again. */
  stop(): Promise<void>;
}

const ATTEMPTS = 5;

/**
 * Starts a local OpenID provider for tests, which only this machine can reach. Keys, users and sessions live in memory.
 * The process does not end until you stop it. The app's sessions live in cookies, unless you add `REDIS_URL` to `env`.
 * @throws Error if oidc-provider is not installed, if the port is taken, or if `NODE_ENV` is `production`
 */
export async function startProvider(options: TestProviderOptions = {}): Promise<TestProvider> {
  const module = await loadProvider();
  for (let attempt = 1; ; attempt += 1) {
    const [port = 0, appPort = 0] = await freePorts(2);
    const issuer = `http://localhost:${options.port ?? port}`;
    const appUrl = originOf(options.appUrl ?? `http://localhost:${appPort}`);
    const env = environment(issuer, appUrl, options);
    try {
      const server = await module.startProvider(readProviderConfig(ofProvider(env, issuer)), { usersOnTheSpot: true });
      return { issuer, appUrl, env, stop: stopping(server, noteApp(appUrl)) };
    } catch (error) {
      if (error instanceof ConfigError) throw new Error(error.problems.join('\n'), { cause: error });
      // Somebody else got the same free port.
      const isTaken = error instanceof CannotListenError && options.port === undefined;
      if (!isTaken || attempt === ATTEMPTS) throw error;
    }
  }
}

function originOf(appUrl: string): string {
  const { origin, pathname } = httpUrl(appUrl);
  if (pathname !== '/') throw new Error(`appUrl ${appUrl} has a path; write only ${origin}`);
  return origin;
}

function environment(issuer: string, appUrl: string, { callbackPath = '/callback', audience }: TestProviderOptions) {
  const { port, protocol } = new URL(appUrl);
  return Object.freeze({
    ISSUER_BASE_URL: issuer,
    AUTH0_CLIENT_ID: 'gatehouse-testing',
    AUTH0_CLIENT_SECRET: randomBytes(32).toString('hex'),
    AUTH0_SECRET: randomBytes(32).toString('hex'),
    AUTH0_REDIRECT_URI: new URL(callbackPath, appUrl).href,
    PORT: port || (protocol === 'https:' ? '443' : '80'),
    // Tests sign in more often than people do, all from one address.
    RATE_LIMIT_PER_MINUTE: '0',
    ...(audience !== undefined && { AUTH0_AUDIENCE: audience }),
  });
}

function ofProvider(env: Readonly<Record<string, string>>, issuer: string) {
  // Passed on, so that the provider refuses to run in production, as always.
  const { NODE_ENV } = process.env;
  const own = { PROVIDER_PORT: new URL(issuer).port, HOST: 'localhost', LOG_LEVEL: 'silent' };
  return { ...env, ...own, SHUTDOWN_TIMEOUT_SECONDS: '1', ...(NODE_ENV === 'production' && { NODE_ENV }) };
}

function stopping(server: Running, forget: () => void): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => {
    forget();
    stopped ??= server.stop();
    return stopped;
  };
}

/** `count` TCP ports that nobody uses right now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
