/** The whole public surface of the library. */
export { ConfigError, type Env } from './config/env-reader.ts';
export { gatehouse } from './door/gatehouse.ts';
export type {
  Door,
  DoorPages,
  DoorSession,
  Failure,
  GatehouseOptions,
  SessionEntry,
  SessionsPage,
  TellingError,
} from './door/options.ts';
export type { DoorPaths } from './login/links.ts';
export { type Login, LoginRefused, type OnLogin } from './login/on-login.ts';
export type { DoorEvent, LogFields, Measurement, SecurityEvent } from './platform/events.ts';
export type { Logger } from './platform/logger.ts';
export type { LoginData, SessionChanges, SessionFields } from './session/own-data.ts';
export type * from './session/session-data.ts';
export type { Claims } from './session/session-content.ts';
export type { Standing, User } from './session/user.ts';
export type { AccessToken, AccessTokenRequest, HeldToken } from './tokens/access-token.ts';
export { requireToken, type RequireTokenOptions } from './resource-server/require-token.ts';
export type { TokenAuth, TokenNeeds } from './resource-server/token-auth.ts';
