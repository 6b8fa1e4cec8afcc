import type { Request } from 'express';
import type { DoorConfig } from '../config/door-config.ts';
import type { Discovery } from '../oidc/discovery.ts';
import type { ProviderClient } from '../oidc/provider-client.ts';
import type { Revocation } from '../oidc/revocation.ts';
import type { SigningKeys } from '../oidc/signing-keys.ts';
import type { Logger } from '../platform/logger.ts';
import type { Sessions } from '../session/sessions.ts';
import type { CallbackOnce } from './callback-once.ts';
import type { Links } from './links.ts';
import type { OnLogin } from './on-login.ts';
import type { LoginTransactions } from './login-transactions.ts';
import type { Sdk } from './sdk.ts';

/** What logins are made of. */
export interface LoginParts {
  readonly config: DoorConfig;
  readonly links: Links;
  readonly log: Logger;
  readonly discovery: Discovery;
  readonly keys: SigningKeys;
  readonly provider: ProviderClient;
  readonly revocation: Revocation;
  readonly sessions: Sessions;
  readonly sdk: Sdk;
  readonly transactions: LoginTransactions;
  readonly callbackOnce: CallbackOnce;
  readonly onLogin: OnLogin;
  /** The host's own parameters for a login. */
  readonly authorizationParams: (req: Request) => Readonly<Record<string, string>>;
}
