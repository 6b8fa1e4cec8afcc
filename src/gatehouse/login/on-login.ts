import type { Request } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import type { LoginData } from '../session/own-data.ts';
import type { User } from '../session/user.ts';

/** What the host makes of a login before its session is made: what it answers is the data that the session begins with. */
export type OnLogin = (login: { readonly claims: User['claims']; readonly user: User }, req: Request) => LoginData;

/** Thrown by the host's `onLogin` to refuse an account: a page with status 403 shows the message. */
export class LoginRefused extends CatalogueError {
  /** @param message for the person in front of the browser: why, and what to do */
  constructor(message: string) {
    super('LOGIN_REFUSED', { values: { message } });
  }
}
