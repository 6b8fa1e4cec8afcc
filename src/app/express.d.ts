import type { LoginTransaction } from '../gatehouse/login/login-transactions.ts';
import type { WebSession } from '../gatehouse/session/web-session.ts';
import type { Logger } from '../program/logger.ts';

declare global {
  namespace Express {
    interface Request {
      /** The request's id: on the error page, in the header `X-Request-Id` and in each of its log lines. */
      id: string;
      /** Its lines carry the request's id; made when first used. */
      log: Logger;
      /** The session could not be looked up: nothing is known of who asks. */
      isSessionUnknown?: boolean;
      /** The login whose callback this is, proved by its cookie. */
      loginTransaction?: LoginTransaction;
      /** The session as express-openid-connect keeps it; undefined once it is ended. */
      appSession?: WebSession | undefined;
    }
  }
}
