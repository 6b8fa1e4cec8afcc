import type { RequestHandler } from 'express';
import { readDoorConfig } from '../config/door-config.ts';
import { EnvReader } from '../config/env-reader.ts';
import { DEFAULT_PATHS } from '../login/links.ts';
import { withDeadline } from '../platform/deadline.ts';
import { accessTokenOf } from './access-token.ts';
import { sessionOf } from './door-session.ts';
import { errorHandler } from './errors.ts';
import { allow, signedIn } from './guards.ts';
import type { Door, GatehouseOptions } from './options.ts';
import { createParts, type DoorParts } from './parts.ts';
import { ownRoutes } from './routes.ts';

/**
 * The front door of an Express app: sign-in with OpenID Connect, sessions, access tokens. Reads its configuration from
 * `env` (CONTRACT part 2), and connects to Redis where `REDIS_URL` says so.
 * @throws ConfigError that names every problem at once
 */
export function gatehouse(options: GatehouseOptions = {}): Door {
  const { env = process.env, paths, log } = options;
  const reader = new EnvReader(env);
  const taken = Object.values({ ...DEFAULT_PATHS, ...paths }).filter((path) => path !== false);
  const config = readDoorConfig(reader, [...taken, '/backchannel-logout']);
  reader.done();
  for (const warning of config.warnings) log?.warn({}, warning);
  if (!config.redis) {
    log?.warn(
      {},
      'sessions live in cookies: they cannot be ended from elsewhere, and parallel requests can undo each other; set REDIS_URL for more (docs/sessions.md)',
    );
  }
  const parts = createParts(config, options);
  // Warmed without delaying the start; while the provider is away, whoever needs them asks again.
  parts.keys.including(undefined).catch((error: Error) => log?.warn({}, error.message));
  return createDoor(parts);
}

/** What a door has besides being a handler. */
type Surface = { readonly [Name in Exclude<keyof Door, keyof RequestHandler>]: Door[Name] };

/** The door of these parts. */
export function createDoor(parts: DoorParts): Door {
  const { visits, sessions, ownPages, accessTokens, redis, provider } = parts;
  const routes = ownRoutes(parts);

  const open: RequestHandler = (req, res, next) => {
    sessions.open(req, res).then((opened) => {
      visits.begin(req, res, opened);
      routes(req, res, next);
    }, next);
  };
  return Object.assign(open, {
    signedIn: signedIn(parts),
    allow: allow(parts),
    user: visits.user,
    standing: visits.standing,
    session: sessionOf(parts),
    accessToken: (req, request) => accessTokenOf(req, parts, request),
    formToken: ownPages.formToken,
    errors: errorHandler(parts),
    ready: async (part) => {
      await sessions.assertReadable();
      if (part !== 'sessions') await provider.configuration();
    },
    endSessions: async ({ sub }) => {
      if (!sessions.index)
        throw new Error('sessions in cookies cannot be ended from elsewhere; set REDIS_URL');
      return sessions.index.endSubject(sub);
    },
    stop: async (patienceMs = 1000) => {
      await withDeadline(accessTokens.settled(), patienceMs).catch(() => undefined);
      redis?.destroy();
    },
  } satisfies Surface);
}
