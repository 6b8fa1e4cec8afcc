import type { Request } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import type { LoginData } from '../session/own-data.ts';
import type { User } from '../session/user.ts';
import type { AccessToken } from '../tokens/access-token.ts';

/** A login that the provider has confirmed, before its session is made. */
export interface Login {
  /** Verified (OpenID Connect Core 1.0 section 3.1.3.7), with what UserInfo adds (section 5.3). */
  readonly claims: User['claims'];
  /** As `door.user` gives it later. */
  readonly user: User;
  /**
   * Its `AccessToken`, to call an API right now; later, `door.accessToken` gives one.
   * @throws AUDIENCE_NOT_GRANTED (502) where the provider gave one for another API than `AUTH0_AUDIENCE`
   */
  accessToken(): AccessToken;
}

/**
 * What the host makes of a login before its session is made: an object of its own data (JSON), or nothing; maybe async.
 * @throws `LoginRefused` to refuse the account; a `TellingError` or any other, INTERNAL_ERROR (500), fails the login
 */
export type OnLogin = (login: Login, req: Request) => LoginData;

/** Thrown by the host's `onLogin` to refuse an account: LOGIN_REFUSED (403), whose page shows the message. */
export class LoginRefused extends CatalogueError {
  /** @param message for the person in front of the browser: why, and what to do */
  constructor(message: string) {
    super('LOGIN_REFUSED', { values: { message } });
  }
}
