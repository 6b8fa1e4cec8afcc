import type { RequestHandler } from 'express';
import onHeaders from 'on-headers';
import { cookieName, cookiePairs, cookieValue } from '../platform/cookies.ts';
import { SessionStoreUnavailableError } from './errors.ts';
import type { SessionContext, SessionContexts } from './session-context.ts';
import type { SessionStore } from './session-store.ts';

/** A signed id is about 80 characters; anything long is no cookie of ours. */
const MAX_COOKIE_LENGTH = 256;

/**
 * Reads the session before the SDK does. Left to itself the SDK takes a failed read for "signed out": it clears the
 * cookie and deletes the session. Here an outage hides the cookie from it for this one request, so that nothing
 * is cleared or deleted; rules of routes decide what can be answered without a session (`src/web/access.ts`).
 * Mounted before the SDK.
 */
export function sessionGate(options: {
  store: SessionStore;
  contexts: SessionContexts;
  cookieName: string;
  now?: () => number;
}): RequestHandler {
  const { store, contexts, cookieName, now = Date.now } = options;
  return async (req, res, next) => {
    const presentedId = sessionIdIn(req.headers.cookie, cookieName);
    let found: Awaited<ReturnType<SessionStore['find']>>;
    let unavailable: SessionStoreUnavailableError | undefined;
    try {
      if (presentedId !== undefined) found = await store.find(presentedId);
    } catch (error) {
      if (!(error instanceof SessionStoreUnavailableError)) throw error;
      unavailable = error;
      req.isSessionUnknown = true;
      req.headers.cookie = withoutCookie(req.headers.cookie ?? '', cookieName);
    }
    const context: SessionContext = {
      startedAt: now(),
      userAgent: req.get('user-agent')?.slice(0, 512),
      presentedId: unavailable ? undefined : presentedId,
      loaded: found === 'revoked' ? undefined : found,
      isRevoked: found === 'revoked',
      unavailable,
      sendCookie: false,
    };
    // Listeners run from the last to the first: this one sees the cookie that the SDK adds.
    onHeaders(res, () => {
      if (context.sendCookie) return;
      const cookies = [res.getHeader('set-cookie') ?? []].flat().map(String);
      const others = cookies.filter((cookie) => !cookie.startsWith(`${cookieName}=`));
      if (others.length > 0) res.setHeader('set-cookie', others);
      else res.removeHeader('set-cookie');
    });
    contexts.run(req, context, next);
  };
}

/** The id in the cookie `id.signature`. The SDK checks the signature before it uses the session. */
function sessionIdIn(header: string | undefined, name: string): string | undefined {
  const pair = cookiePairs(header).find((candidate) => cookieName(candidate) === name);
  const value = pair && cookieValue(pair);
  if (!value || value.length > MAX_COOKIE_LENGTH) return undefined;
  return value.slice(0, value.lastIndexOf('.')) || undefined;
}

function withoutCookie(header: string, name: string): string {
  return cookiePairs(header)
    .filter((pair) => cookieName(pair) !== name)
    .join('; ');
}
