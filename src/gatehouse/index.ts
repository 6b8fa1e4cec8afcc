/** The whole public surface of the library. */
export { ConfigError, type Env } from './config/env-reader.ts';
export type { Logger } from './platform/logger.ts';
export type { TokenNeeds } from './resource-server/permissions.ts';
export { requireToken, type RequireTokenOptions } from './resource-server/require-token.ts';
export type { TokenAuth } from './resource-server/token-auth.ts';
