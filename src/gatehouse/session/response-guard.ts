import type { Request, RequestHandler, Response } from 'express';
import onHeaders from 'on-headers';
import type { SessionContexts } from './session-context.ts';

/** Answers whose handler has ended them, but whose session may still be on its way to the store. */
const ended = new WeakMap<Response, { reopen(): boolean }>();

/**
 * Lets an answer end once. The SDK holds an answer back until the session is written, and all the while
 * `headersSent` says no: a handler that throws or sends again in that time would change the headers of an
 * answer that is already made, or end the process. Mounted right after the SDK.
 */
export function responseGuard(contexts: SessionContexts | undefined): RequestHandler {
  return (req, res, next) => {
    // Types know the many ways to call it; we only hand the arguments on.
    const sdkEnd = res.end.bind(res) as (...args: unknown[]) => Response;
    const guardedEnd = (...args: unknown[]): Response => {
      if (ended.has(res)) {
        req.log.error(new Error('sent twice'), 'a handler answered again; only its first answer counts');
        return res;
      }
      freeze(res, () => res.end !== guardedEnd);
      if (contexts) contexts.resume(req, () => sdkEnd(...args));
      else sdkEnd(...args);
      return res;
    };
    res.end = guardedEnd as Response['end'];
    next();
  };
}

/**
 * Whether the answer is made already, so that nothing more may be said. Where the session could not be written,
 * the SDK takes its answer back, and an error may still be told.
 */
export function isAnswered(_req: Request, res: Response): boolean {
  const state = ended.get(res);
  return res.writableEnded || (state !== undefined && !state.reopen());
}

/** Keeps status and headers as they are until they are sent. `isTakenBack`: the SDK has put its `end` back. */
function freeze(res: Response, isTakenBack: () => boolean): void {
  const { statusCode } = res;
  const methods = ['setHeader', 'removeHeader', 'appendHeader', 'write'].map((name): [string, unknown] => [
    name,
    Reflect.get(res, name),
  ]);
  const open = () => Object.assign(res, Object.fromEntries(methods));
  const ignore = () => res;
  Object.assign(res, { setHeader: ignore, removeHeader: ignore, appendHeader: ignore, write: () => true });
  let taken = false;
  ended.set(res, {
    reopen: () => {
      if (!taken && isTakenBack()) {
        taken = true;
        open();
      }
      return taken;
    },
  });
  // Runs before the SDK's own listener, which adds the session cookie.
  onHeaders(res, () => {
    if (taken) return;
    open();
    res.statusCode = statusCode;
  });
}
