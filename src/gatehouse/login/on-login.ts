import type { Request } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import type { LoginData } from '../session/own-data.ts';
import type { User } from '../session/user.ts';

/**
 * What the host makes of a login before its session is made: an object of its own data (JSON), or nothing; maybe async.
 * `claims` are verified (OpenID Connect Core 1.0 section 3.1.3.7), with what UserInfo adds (section 5.3).
 * @throws `LoginRefused` to refuse the account; a `TellingError` or any other, INTERNAL_ERROR (500), fails the login
 */
export type OnLogin = (login: { readonly claims: User['claims']; readonly user: User }, req: Request) => LoginData;

/** Thrown by the host's `onLogin` to refuse an account: LOGIN_REFUSED (403), whose page shows the message. */
export class LoginRefused extends CatalogueError {
  /** @param message for the person in front of the browser: why, and what to do */
  constructor(message: string) {
    super('LOGIN_REFUSED', { values: { message } });
  }
}
