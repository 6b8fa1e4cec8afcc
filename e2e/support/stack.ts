import { freePorts } from './ports.ts';
import { type Program, startServer } from './program.ts';
import { type RedisServer, startRedis } from './redis.ts';

/** The real programs on free ports, as `npm start` would run them, each in a process of its own. */
export interface Stack {
  readonly webUrl: string;
  readonly providerUrl: string;
  readonly apiUrl: string;
  readonly web: Program;
  readonly provider: Program;
  stopApi(): Promise<void>;
  startApi(): Promise<void>;
  readonly redis: RedisServer | undefined;
  /** The environment that all programs share. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startStack(
  options: { redis?: boolean; crossSite?: boolean; env?: Record<string, string> } = {},
): Promise<Stack> {
  const [web = 0, provider = 0, apiPort = 0] = await freePorts(3);
  const webUrl = `http://localhost:${web}`;
  // This machine's other name: to browsers that is another site, as most providers are.
  const providerUrl = `http://${options.crossSite ? '127.0.0.1' : 'localhost'}:${provider}`;
  const redis = options.redis ? await startRedis() : undefined;
  const env: Record<string, string> = {
    PORT: String(web),
    PROVIDER_PORT: String(provider),
    API_PORT: String(apiPort),
    ISSUER_BASE_URL: providerUrl,
    AUTH0_CLIENT_ID: 'gatehouse-test',
    AUTH0_CLIENT_SECRET: 'client-secret-of-the-tests-and-of-nobody-else',
    AUTH0_SECRET: 'session-secret-of-the-tests-and-of-nobody-else',
    AUTH0_REDIRECT_URI: `${webUrl}/callback`,
    AUTH0_AUDIENCE: 'https://api.gatehouse.test',
    ...(redis && { REDIS_URL: redis.url }),
    ...options.env,
  };
  const programs = {
    provider: await startServer('provider', env),
    web: await startServer('web', env),
  };
  let api: Program | undefined;
  const startApi = async () => {
    api = await startServer('api', env);
  };
  const stopApi = async () => {
    await api?.stop();
  };
  await startApi();
  return {
    webUrl,
    providerUrl,
    apiUrl: `http://localhost:${apiPort}`,
    startApi,
    stopApi,
    ...programs,
    redis,
    env,
    stop: async () => {
      await stopApi();
      await Promise.all(Object.values(programs).map((program) => program.stop()));
      await redis?.stop();
    },
  };
}
