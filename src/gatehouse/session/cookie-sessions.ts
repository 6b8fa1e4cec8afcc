import type { SessionLifetime } from '../config/door-config.ts';
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { addCookies, type CookieLines } from '../platform/cookies.ts';
import type { Logger } from '../platform/logger.ts';
import { isNewer, renewedTokens, tokensOf } from './renewed-tokens.ts';
import { type Sealed, sealedCookies } from './sealed-cookies.ts';
import { readOrGone } from './secrets-in-use.ts';
import { createSessionCipher } from './session-cipher.ts';
import type { KeptSession, SessionContent } from './session-content.ts';
import { endsAt, isTouchDue } from './session-lifetime.ts';
import type { Session, Sessions } from './sessions.ts';

/**
 * Sessions in cookies, sealed by the same cipher. What is written goes out with the same request's answer; parallel
 * requests overwrite one another, except tokens (renewed-tokens.ts). A copy of a cookie outlives the sign-out.
 */
export function createCookieSessions(options: {
  readonly config: { readonly secrets: readonly string[]; readonly session: SessionLifetime };
  readonly cookieName: string;
  readonly lines: CookieLines;
  readonly log: Logger;
}): Sessions {
  const { config, cookieName, lines, log } = options;
  const cookies = sealedCookies(cookieName, createSessionCipher(config.secrets), lines);
  const warnOfTwo = () => log.warn({ cookie: cookieName }, 'two session cookies of one name: neither is taken');
  const renewed = renewedTokens();
  const lifetime = config.session;
  const nowSeconds = () => Math.floor(Date.now() / 1000);
  /** @throws CatalogueError SESSION_TOO_LARGE */
  function sealToFit(session: KeptSession): Sealed {
    const sealed = cookies.seal(session);
    if (sealed.fits) return sealed;
    throw new CatalogueError('SESSION_TOO_LARGE', { values: { kilobytes: String(Math.ceil(sealed.bytes / 1024)) } });
  }

  function sessionOf(read: KeptSession, req: Request, res: Response): Session {
    let current = read;
    let hasEnded = false;
    const line = () => {
      const { refresh_token: refreshToken } = current.content;
      return refreshToken === undefined ? undefined : renewed.lineOf(refreshToken);
    };

    const withContent = (content: SessionContent) => ({ ...current, content, touchedAt: nowSeconds() });

    function keep(session: KeptSession, sealed = cookies.seal(session)): void {
      current = session;
      // An answer that has begun takes no more cookies; tokens are remembered for the next.
      if (res.headersSent || !sealed.fits) return;
      addCookies(res, cookies.write(sealed, req.headers.cookie, endsAt(current, lifetime) - current.touchedAt));
    }

    function letGo(): void {
      hasEnded = true;
      if (!res.headersSent) addCookies(res, cookies.clear(req.headers.cookie));
    }

    return {
      name: line()?.id ?? randomUUID(),
      createdAt: read.createdAt,
      get touchedAt() {
        return current.touchedAt;
      },
      get content() {
        return current.content;
      },
      get gone() {
        return hasEnded ? ('ended' as const) : undefined;
      },
      change: async (change) => {
        if (hasEnded || line()?.hasEnded) return false;
        const content = structuredClone(current.content);
        change(content);
        const own = line();
        const isRenewed = JSON.stringify(tokensOf(content)) !== JSON.stringify(tokensOf(current.content));
        if (own && isRenewed) content.renewed_at = Date.now();
        // Tokens for other APIs can be had again; those of the login have to fit.
        while (content.tokens?.length && !cookies.seal(withContent(content)).fits) content.tokens.pop();
        const changed = withContent(content);
        const sealed = sealToFit(changed);
        if (own && isRenewed) {
          own.latest = tokensOf(content);
          if (content.refresh_token) renewed.remember(content.refresh_token, own);
        }
        keep(changed, sealed);
        return true;
      },
      reload: async () => {
        const own = line();
        if (own?.hasEnded) letGo();
        else if (isNewer(own?.latest, current.content)) keep(withContent({ ...current.content, ...own?.latest }));
        return !hasEnded;
      },
      exclusively: async (work) => {
        const own = line();
        if (!own) return work(() => true);
        const run = own.tail.then(() => work(() => true));
        own.tail = run.catch(() => undefined);
        return run;
      },
      follow: (other) => {
        if (other.gone) return letGo();
        const tokens = tokensOf(other.content);
        if (isNewer(tokens, current.content)) keep(withContent({ ...current.content, ...tokens }));
      },
      end: async () => {
        const own = line();
        if (own) own.hasEnded = true;
        letGo();
      },
    };
  }

  /** Processes that share nothing do not know one another's secrets. */
  const orGone = <T>(read: () => T) => readOrGone(read, async () => false);

  return {
    index: undefined,
    areInCookies: true,
    maxDataBytes: Number.POSITIVE_INFINITY,
    assertReadable: async () => {},
    assertWritable: async () => {},
    stop: () => {},
    orGone,

    open: async (req, res) => {
      const sealed = await orGone(() => cookies.read(req.headers.cookie, warnOfTwo));
      if (!sealed || endsAt(sealed, lifetime) <= nowSeconds()) return { standing: 'anonymous' };
      const session = sessionOf(sealed, req, res);
      if (isTouchDue(sealed, lifetime, nowSeconds())) await session.change(() => {});
      return { standing: 'signed in', session };
    },
    begin: async (_before, content) => {
      const at = nowSeconds();
      const session = { content, createdAt: at, touchedAt: at };
      return cookies.write(sealToFit(session), undefined, endsAt(session, lifetime) - at);
    },
    forget: (req, res) => addCookies(res, cookies.clear(req.headers.cookie)),
  };
}
