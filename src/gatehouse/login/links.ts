import type { Request } from 'express';
import { asRouted } from '../config/as-routed.ts';
import type { LoginDemand } from './login-demand.ts';

/** Where the library's own routes are: paths that begin with `/`. The callback's is in `AUTH0_REDIRECT_URI`. */
export interface DoorPaths {
  /** Default: `/login`. `?returnTo=` is the page to go to afterwards; `iss`: see OpenID Connect Core 1.0 section 4. */
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

interface LinkOptions {
  readonly paths: DoorPaths;
  readonly callback: string;
  readonly basePath?: string;
}

/** Addresses of this app, as browsers see them: those of `own` are below `basePath`, `callback` is complete. */
export function createLinks({ paths: own, callback, basePath = '' }: LinkOptions) {
  const home = `${basePath}/`;
  const paths: DoorPaths = {
    login: basePath + own.login,
    signup: basePath + own.signup,
    logout: basePath + own.logout,
    sessions: own.sessions !== false && basePath + own.sessions,
  };
  // Pages that only pass through: coming back to them after a login would sign out again, or loop.
  const passingThrough = new Set([paths.login, paths.signup, paths.logout, callback].map(asRouted));

  /**
   * The page to come back to after a login: a path of this app with its query, or its home for anything else, such as
   * an address elsewhere (`//evil.example`, `/\evil.example`), control characters or more than 1024 characters.
   */
  function destination(value: unknown): string {
    if (typeof value !== 'string' || value.length > MAX_LENGTH) return home;
    // Browsers read "\" as "/" and drop tabs and line breaks (WHATWG URL), so these could hide a "//".
    if (!value.startsWith('/') || /[\\\p{Cc}]/u.test(value)) return home;
    const base = 'http://app.invalid';
    if (!URL.canParse(value, base)) return home;
    const url = new URL(value, base);
    const path = url.pathname + url.search;
    // Percent-encoding may have made it longer.
    if (url.origin !== base || path.startsWith('//') || path.length > MAX_LENGTH) return home;
    return passingThrough.has(asRouted(url.pathname)) ? home : (asBelow(path) ?? home);
  }

  /** The address that begins a login and comes back to `returnTo`. */
  function login(returnTo: string, demand: LoginDemand = {}): string {
    const query = new URLSearchParams();
    if (returnTo !== home) query.set('returnTo', returnTo);
    for (const [name, value] of Object.entries(demand)) query.set(name, String(value));
    return query.size > 0 ? `${paths.login}?${query.toString()}` : paths.login;
  }

  /** An address below the base path, with that in its configured case, as cookies need it; undefined: not below it. */
  function asBelow(address: string): string | undefined {
    if (basePath === '') return address;
    const [start, rest] = [address.slice(0, basePath.length), address.slice(basePath.length)];
    return asRouted(start) === asRouted(basePath) && /^([/?]|$)/.test(rest) ? basePath + rest : undefined;
  }

  /** What a request was for, also where a proxy took the base path off on its way here. */
  function addressOf({ originalUrl }: Request): string {
    return asBelow(originalUrl) ?? basePath + originalUrl;
  }

  function pathOf(req: Request): string {
    return basePath === '' ? req.path : (addressOf(req).split('?', 1)[0] ?? '');
  }

  /** The page that a request was for, or that its form was on: a form's own address takes no GET. */
  function pageOf(req: Request): string {
    if (req.method === 'GET' || req.method === 'HEAD') return addressOf(req);
    const referer = req.get('referer') ?? '';
    if (!URL.canParse(referer)) return home;
    const { pathname, search } = new URL(referer);
    // Anybody can send a form from anywhere.
    return destination(pathname + search);
  }

  /** Where to try the same request again. */
  function retryOf(req: Request): string {
    const isLogin = asRouted(pathOf(req)) === asRouted(paths.login);
    return isLogin ? login(destination(req.query['returnTo'])) : destination(pageOf(req));
  }

  return {
    home,
    paths,
    callback,
    backChannel: `${basePath}/backchannel-logout`,
    destination,
    login,
    addressOf,
    pathOf,
    pageOf,
    retryOf,
  };
}
