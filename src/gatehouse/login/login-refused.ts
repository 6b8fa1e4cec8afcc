import { CatalogueError } from '../errors/catalogue-error.ts';

/** Thrown by the host's `onLogin` to refuse an account: a page with status 403 shows the message. */
export class LoginRefused extends CatalogueError {
  /** @param message for the person in front of the browser: why, and what to do */
  constructor(message: string) {
    super('LOGIN_REFUSED', { values: { message } });
  }
}
