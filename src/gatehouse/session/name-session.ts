import type { RequestHandler } from 'express';

/** The SDK names the session's property after its cookie; the code reads `req.appSession` whatever that is. */
export function nameSession(cookieName: string): RequestHandler {
  return (req, _res, next) => {
    if (cookieName !== 'appSession') {
      const named = req as unknown as Record<string, typeof req.appSession>;
      Object.defineProperty(req, 'appSession', {
        get: () => named[cookieName],
        set: (session: typeof req.appSession) => {
          named[cookieName] = session;
        },
      });
    }
    next();
  };
}
