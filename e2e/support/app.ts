import { startApi } from '../../src/program/start-api.ts';
import type { AppParts } from '../../src/app/app-parts.ts';
import { createApp } from '../../src/app/create-app.ts';
import { doorPages } from '../../src/app/door-pages.ts';
import { createDownstreamApi } from '../../src/app/downstream-api.ts';
import { type Route, routes } from '../../src/app/routes.ts';
import { createDoor } from '../../src/gatehouse/door/create-door.ts';
import type { Door, GatehouseOptions } from '../../src/gatehouse/door/options.ts';
import { createParts, type DoorParts } from '../../src/gatehouse/door/parts.ts';
import { readApiConfig } from '../../src/program/api-config.ts';
import { listen, type Running } from '../../src/program/listen.ts';
import { createLogger } from '../../src/program/logger.ts';
import { readProviderConfig } from '../../src/program/provider-config.ts';
import { requestLog } from '../../src/program/request-log.ts';
import { readWebConfig } from '../../src/program/web-config.ts';
import { createServerParts } from '../../src/program/web-server.ts';
import { createProviderApp, type ProviderOptions } from '../../src/provider/create-provider.ts';
import { freePorts } from './ports.ts';

/** What a test's routes may use: the app's parts, and the inside of the door. */
export interface TestParts extends AppParts {
  readonly inside: DoorParts;
}

/** The real `createApp` with the real provider, in the test's own process. */
export interface TestApp {
  readonly url: string;
  readonly providerUrl: string;
  readonly door: Door;
  readonly inside: DoorParts;
  /** The environment that the parts share; for real programs beside this app. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts the same app again, as in a second process, on another port; cookies of localhost go to both. */
  another(): Promise<Running & { readonly url: string }>;
  stopProvider(): Promise<void>;
  /** Starts a new provider with new keys at the same address. Stop the old one first. */
  startProvider(): Promise<void>;
  /** Starts the real resource server at the address where the web app looks for it; needs `AUTH0_AUDIENCE`. */
  startApi(): Promise<Running>;
  stop(): Promise<void>;
}

export async function startApp(
  options: {
    env?: Record<string, string>;
    provider?: ProviderOptions;
    door?: GatehouseOptions;
    /** Its cookies have the names that real programs beside it use; by default tests know the name. */
    besidePrograms?: boolean;
    routes?: (parts: TestParts) => readonly Route[];
  } = {},
): Promise<TestApp> {
  const [webPort = 0, providerPort = 0, apiPort = 0] = await freePorts(3);
  const url = `http://localhost:${webPort}`;
  const providerUrl = `http://localhost:${providerPort}`;
  const env = {
    PORT: String(webPort),
    PROVIDER_PORT: String(providerPort),
    API_PORT: String(apiPort),
    ISSUER_BASE_URL: providerUrl,
    AUTH0_CLIENT_ID: 'gatehouse-test',
    AUTH0_CLIENT_SECRET: 'client-secret-of-the-tests-and-of-nobody-else',
    AUTH0_SECRET: 'session-secret-of-the-tests-and-of-nobody-else',
    LOG_LEVEL: 'silent',
    ...options.env,
  };
  const server = { host: undefined, shutdownTimeoutSeconds: 1 };
  let provider: Running | undefined;
  const startProvider = async () => {
    const providerApp = await createProviderApp(readProviderConfig(env), options.provider);
    const named = { name: 'provider', port: providerPort, variable: 'PROVIDER_PORT' };
    provider = await listen(providerApp, { ...named, ...server });
  };
  const stopProvider = async () => {
    await provider?.stop();
    provider = undefined;
  };
  await startProvider();
  const config = readWebConfig(env);
  const startWeb = async (port: number) => {
    const log = createLogger(config, 'web');
    const named = options.besidePrograms ? {} : { cookieName: 'gatehouse' };
    const inside = createParts(config.door, { log, pages: doorPages, ...named, ...options.door });
    const door = createDoor(inside);
    const parts: TestParts = { config, door, inside, api: createDownstreamApi(config) };
    const table = [...(options.routes?.(parts) ?? []), ...routes(parts)];
    const app = createApp(parts, createServerParts(config, [requestLog(log, (req) => door.logFields(req))]), table);
    const running = await listen(app, { name: 'web', port, variable: 'PORT', ...server });
    const stop = async () => {
      await running.stop();
      await door.stop();
    };
    return { url: `http://localhost:${port}`, door, inside, stop };
  };
  const web = await startWeb(webPort);
  return {
    url,
    providerUrl,
    env,
    door: web.door,
    inside: web.inside,
    another: async () => {
      const [port = 0] = await freePorts(1);
      return startWeb(port);
    },
    stopProvider,
    startProvider,
    startApi: () => startApi(readApiConfig(env)),
    stop: async () => {
      await Promise.all([web.stop(), stopProvider()]);
    },
  };
}
