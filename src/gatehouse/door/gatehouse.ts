import { readDoorConfig } from '../config/door-config.ts';
import { EnvReader } from '../config/env-reader.ts';
import { DEFAULT_PATHS } from '../login/links.ts';
import { createDoor } from './create-door.ts';
import type { Door, GatehouseOptions } from './options.ts';
import { createParts } from './parts.ts';

// Not in create-door.ts: the types that hosts see start here, and must not name internals (e2e/http/package.test.ts).

/**
 * The front door of an Express app: sign-in with OpenID Connect, sessions, access tokens. Reads its configuration from
 * `env` (docs/existing-app.md names the variables), and connects to Redis where `REDIS_URL` says so. It waits for
 * neither Redis nor the provider: `Door` has `ready` for that.
 * @throws `ConfigError` that names every problem at once
 */
export function gatehouse(options: GatehouseOptions = {}): Door {
  const { env = process.env, basePath = '', paths, log } = options;
  const reader = new EnvReader(env);
  const own = Object.values({ ...DEFAULT_PATHS, ...paths }).filter((path) => path !== false);
  const taken = [...own, '/backchannel-logout'].map((path) => basePath + path);
  const config = readDoorConfig(reader, taken, basePath);
  reader.done();
  const inCookies =
    'sessions live in cookies: they cannot be ended from elsewhere, and parallel requests can undo each other; set REDIS_URL for more (docs/sessions.md)';
  for (const warning of [...config.warnings, ...(config.redis ? [] : [inCookies])]) log?.warn({}, warning);
  const parts = createParts(config, options);
  // Fetched early without delaying the start; if the provider is away, whoever needs them asks again.
  parts.keys.including(undefined).catch((error: Error) => log?.warn({}, error.message));
  return createDoor(parts);
}
