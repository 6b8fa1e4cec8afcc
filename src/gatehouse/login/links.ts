import type { Request } from 'express';
import { asRouted } from '../config/as-routed.ts';
import type { LoginDemand } from './login-demand.ts';

/** Where the library's own routes are: paths that begin with `/`. The callback's is in `AUTH0_REDIRECT_URI`. */
export interface DoorPaths {
  /** Default: `/login`. `?returnTo=` is the page to end at; `iss`: see OpenID Connect Core 1.0 section 4. */
  readonly login: string;
  /** Default: `/signup`. The login, with `screen_hint=signup`: the provider's page for new users. */
  readonly signup: string;
  /** Default: `/logout`. Ends the session here, then at the provider (OpenID Connect RP-Initiated Logout 1.0). */
  readonly logout: string;
  /** Default: `/sessions`, only with `REDIS_URL`. `false` leaves these pages out. */
  readonly sessions: string | false;
}

export const DEFAULT_PATHS: DoorPaths = {
  login: '/login',
  signup: '/signup',
  logout: '/logout',
  sessions: '/sessions',
};

/** Longer destinations would push the login's cookie over the 4 kB that browsers keep. */
const MAX_LENGTH = 1024;

export type Links = ReturnType<typeof createLinks>;

/** Addresses of this app. */
export function createLinks({ paths, callback }: { paths: DoorPaths; callback: string }) {
  // Pages that only pass through: coming back to them after a login would sign out again, or loop.
  const passingThrough = new Set([paths.login, paths.signup, paths.logout, callback].map(asRouted));

  /**
   * The page to come back to after a login: a path of this app with its query, or `/` for anything else, such as
   * an address elsewhere (`//evil.example`, `/\evil.example`), control characters or more than 1024 characters.
   */
  function destination(value: unknown): string {
    if (typeof value !== 'string' || value.length > MAX_LENGTH) return '/';
    // Browsers read "\" as "/" and drop tabs and line breaks (WHATWG URL), so these could hide a "//".
    if (!value.startsWith('/') || /[\\\p{Cc}]/u.test(value)) return '/';
    const base = 'http://app.invalid';
    if (!URL.canParse(value, base)) return '/';
    const url = new URL(value, base);
    const path = url.pathname + url.search;
    // Percent-encoded it may be longer than it was.
    if (url.origin !== base || path.startsWith('//') || path.length > MAX_LENGTH) return '/';
    return passingThrough.has(asRouted(url.pathname)) ? '/' : path;
  }

  /** The address that begins a login and comes back to `returnTo`. */
  function login(returnTo: string, demand: LoginDemand = {}): string {
    const query = new URLSearchParams();
    if (returnTo !== '/') query.set('returnTo', returnTo);
    for (const [name, value] of Object.entries(demand)) query.set(name, String(value));
    return query.size > 0 ? `${paths.login}?${query.toString()}` : paths.login;
  }

  /** The page that a request was for, or the one whose form was sent, whose own address takes no GET. */
  function pageOf(req: Request): string {
    if (req.method === 'GET' || req.method === 'HEAD') return req.originalUrl;
    const referer = req.get('referer') ?? '';
    if (!URL.canParse(referer)) return '/';
    const { pathname, search } = new URL(referer);
    // Anybody can send a form from anywhere.
    return destination(pathname + search);
  }

  /** Where to try the same again. */
  function retryOf(req: Request): string {
    const isLogin = asRouted(req.path) === asRouted(paths.login);
    return isLogin ? login(destination(req.query['returnTo'])) : destination(pageOf(req));
  }

  return { paths, callback, destination, login, pageOf, retryOf };
}
