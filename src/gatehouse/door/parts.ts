import { createHash } from 'node:crypto';
import type { DoorConfig } from '../config/door-config.ts';
import { DEFAULT_PATHS } from '../login/links.ts';
import { createLoginParts } from '../login/login-parts.ts';
import { createObserver } from '../platform/events.ts';
import { silent } from '../platform/logger.ts';
import { createAccessTokens } from '../tokens/access-tokens.ts';
import type { GatehouseOptions } from './options.ts';
import { createOwnPages } from './own-pages.ts';
import { plainPages } from './plain-pages.ts';
import { createVisits } from './visits.ts';

/** What the door is made of; built once, passed to whoever needs it. */
export type DoorParts = ReturnType<typeof createParts>;

/** Connects to Redis, where there is one; nothing else is done yet. */
export function createParts(config: DoorConfig, options: Omit<GatehouseOptions, 'env'> = {}) {
  const { log = silent, cookieName = cookieNameOf(config), onLogin = () => undefined } = options;
  const { paths, authorizationParams = () => ({}), pages } = options;
  const observe = createObserver(log, options.observe);
  const forLogins = { log, observe, cookieName, onLogin, authorizationParams, paths: { ...DEFAULT_PATHS, ...paths } };
  const loginParts = createLoginParts(config, forLogins);
  const visits = createVisits();
  const ownPages = createOwnPages(config, visits);
  return {
    ...loginParts,
    accessTokens: createAccessTokens(loginParts),
    visits,
    ownPages,
    pages: { ...plainPages(ownPages, loginParts.links), ...pages },
  };
}

/** Two apps on one host, such as localhost at two ports, see one another's cookies: the names differ by client. */
function cookieNameOf({ issuer, clientId }: DoorConfig): string {
  return `gatehouse_${createHash('sha256').update(`${issuer} ${clientId}`).digest('hex').slice(0, 8)}`;
}
