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
  TellingError,
} from './door/options.ts';
export { LoginRefused } from './login/login-refused.ts';
export type { Logger } from './platform/logger.ts';
export type { Claims } from './session/session-content.ts';
export type { Standing } from './session/sessions.ts';
export type { User } from './session/user.ts';
export type { AccessToken, AccessTokenRequest } from './tokens/access-tokens.ts';
export type { HeldToken } from './tokens/token-vault.ts';
