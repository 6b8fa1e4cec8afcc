import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { freePorts } from '../e2e/support/ports.ts';
import { startServer } from '../e2e/support/program.ts';
import { startRedis } from '../e2e/support/redis.ts';
import { compileApps } from './compile-apps.ts';
import { type Contestant, type ContestantName, startContestant } from './contestants.ts';

const CLIENT = {
  id: 'gatehouse-bench',
  secret: 'client-secret-of-the-benchmark-and-of-nobody-else',
  sessionSecret: 'session-secret-of-the-benchmark-and-of-nobody-else',
  audience: 'https://api.gatehouse.test',
  scope: 'openid profile email offline_access',
};

/** Everything that runs during the benchmark, each part in its own process. */
export interface Stage {
  readonly redis: RedisConnection;
  readonly contestants: Readonly<Record<ContestantName, Contestant>>;
  /** The provider of each contestant that has a login. */
  readonly providerUrls: Readonly<Record<'ours' | 'sdk', string>>;
  stop(): Promise<void>;
}

export type RedisConnection = Awaited<ReturnType<typeof connect>>;

const connect = (url: string) => createClient({ url }).connect();

/** Something to undo at the end. */
type Undo = () => unknown;

/** Starts Redis, the providers and the contestants; if one does not start, the others are stopped again. */
export async function startStage(): Promise<Stage> {
  const undo: Undo[] = [];
  let stopped: Promise<void> | undefined;
  // An interrupt calls this a second time: both callers wait until everything has ended.
  const stop = () => (stopped ??= undoAll(undo));
  try {
    return { ...(await startAll(undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function undoAll(undo: Undo[]): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

async function startAll(undo: Undo[]): Promise<Omit<Stage, 'stop'>> {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  const apps = compileApps();
  const server = await startRedis();
  undo.push(() => server.stop());
  const redis = await connect(server.url);
  undo.push(() => redis.destroy());
  const [bare = 0, ours = 0, sdk = 0, providerOfOurs = 0, providerOfSdk = 0] = await freePorts(5);
  // The local provider knows one client with one callback URL, so each of the two apps gets its own provider.
  const startProvider = async (port: number, appPort: number) => {
    const provider = await startServer('provider', {
      PROVIDER_PORT: String(port),
      AUTH0_CLIENT_ID: CLIENT.id,
      AUTH0_CLIENT_SECRET: CLIENT.secret,
      AUTH0_AUDIENCE: CLIENT.audience,
      AUTH0_REDIRECT_URI: `http://localhost:${appPort}/callback`,
    });
    undo.push(() => provider.stop());
    return `http://localhost:${port}`;
  };
  const providerUrls = {
    ours: await startProvider(providerOfOurs, ours),
    sdk: await startProvider(providerOfSdk, sdk),
  };
  const start = async (name: ContestantName, port: number, file: string, env: Record<string, string>) => {
    const contestant = await startContestant({
      ...{ name, port, file, apps, dir },
      env: { REDIS_URL: server.url, ...env },
    });
    undo.push(() => contestant.stop());
    return contestant;
  };
  const contestants = {
    bare: await start('bare', bare, join(apps, 'bare.js'), {}),
    ours: await start('ours', ours, 'dist/web.js', oursEnv(ours, providerUrls.ours)),
    sdk: await start('sdk', sdk, join(apps, 'sdk.js'), sdkEnv(sdk, providerUrls.sdk)),
  };
  return { redis, contestants, providerUrls };
}

function oursEnv(port: number, issuer: string): Record<string, string> {
  return {
    ISSUER_BASE_URL: issuer,
    AUTH0_CLIENT_ID: CLIENT.id,
    AUTH0_CLIENT_SECRET: CLIENT.secret,
    AUTH0_SECRET: CLIENT.sessionSecret,
    AUTH0_AUDIENCE: CLIENT.audience,
    AUTH0_REDIRECT_URI: `http://localhost:${port}/callback`,
    LOG_LEVEL: 'info',
  };
}

function sdkEnv(port: number, issuer: string): Record<string, string> {
  return {
    ISSUER: issuer,
    BASE_URL: `http://localhost:${port}`,
    CLIENT_ID: CLIENT.id,
    CLIENT_SECRET: CLIENT.secret,
    SECRET: CLIENT.sessionSecret,
    AUDIENCE: CLIENT.audience,
    SCOPE: CLIENT.scope,
  };
}
