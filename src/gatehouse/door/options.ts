import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Env } from '../config/env-reader.ts';
import type { DoorPaths } from '../login/links.ts';
import type { OnLogin } from '../login/on-login.ts';
import type { DoorEvent, LogFields } from '../platform/events.ts';
import type { Logger } from '../platform/logger.ts';
import type { SessionChanges, SessionFields } from '../session/own-data.ts';
import type { Standing, User } from '../session/user.ts';
import type { AccessToken, AccessTokenRequest, HeldToken } from '../tokens/access-token.ts';

/** A failure as it is told to people: what happened, and what to do, without internals. */
export interface Failure {
  /** The HTTP status, already set when `pages.error` is called. */
  readonly status: number;
  /** Stable, for programs and for searching: `LOGIN_EXPIRED`. docs/errors.md lists ours. */
  readonly code: string;
  /** What happened, in a few words. */
  readonly title: string;
  /** What it means, and what to do. Plain text, partly the provider's words: escape it. */
  readonly message: string;
  /** Where to go from here: a link. */
  readonly action?: { readonly label: string; readonly href: string };
  /** The same as in the log: the host's (`req.id`, or the answer's `X-Request-Id`), else a new one. */
  readonly requestId: string;
  /** Outside production, for whoever runs the app. */
  readonly operator?: { readonly causes: readonly string[]; readonly remedy: string };
}

/**
 * What the host's own errors may carry. One with `status`, `code` and `title` is told like ours; its message is for the
 * person in front of the browser. With `challenge` (the `WWW-Authenticate` of an API's 401 or 403) the door does what
 * the API asks for: a stronger or more recent sign-in (RFC 9470), or a 403 page that names the missing permission (RFC
 * 6750 section 3) and offers to ask for it.
 */
export interface TellingError
  extends Error, Partial<Pick<Failure, 'status' | 'code' | 'title' | 'action' | 'operator'>> {
  /** For `Retry-After` (RFC 9110 section 10.2.3). Seconds. */
  readonly retryAfterSeconds?: number;
  /** The text of the API's `WWW-Authenticate`. */
  readonly challenge?: string;
  /** The permission that is missing, where the challenge names none. */
  readonly permission?: string;
}

/** One signed-in browser of a user. */
export interface SessionEntry {
  /** For the address that signs it out; not a cookie, and of no use as one. */
  readonly id: string;
  /** Whether this is the browser that asks. */
  readonly current: boolean;
  /** When it was signed in. */
  readonly createdAt: Date;
  /** Exact to a minute. */
  readonly lastSeenAt: Date;
  /** What the browser said of itself at login; untrusted text. */
  readonly userAgent: string | undefined;
}

/** One page of the list of a user's sessions. */
export interface SessionsPage {
  /** The newest first, fifty at most. */
  readonly sessions: readonly SessionEntry[];
  /** Address of the page with older ones; undefined where these are all. */
  readonly next: string | undefined;
}

/** The pages that the door shows; they may be async. JSON needs none. Default for each: a plain page. */
export interface DoorPages {
  /** Status and headers are set already; `failure` has the words. */
  error?(req: Request, res: Response, failure: Failure): unknown;
  /** Another site sent somebody here to sign out: asks whether they want to. Its form POSTs to `logoutUrl`. */
  confirmLogout?(req: Request, res: Response, page: { readonly logoutUrl: string }): unknown;
  /** Where this user is signed in. Its forms POST to `/:id/revoke` and `/revoke-others` below `paths.sessions`. */
  sessions?(req: Request, res: Response, page: SessionsPage): unknown;
}

/** Every option may be left out. */
export interface GatehouseOptions {
  /** The settings of .env.example that are about sign-in, sessions and tokens; read once. Default: `process.env`. */
  readonly env?: Env;
  /**
   * The path below which browsers see the whole app, such as `/app`: its callback, the door's paths and the cookies are
   * below it, even where a proxy strips it. Default: the app has its host to itself.
   */
  readonly basePath?: string;
  /** Where the door's own routes are, below `basePath`. Default: `/login`, `/signup`, `/logout`, `/sessions`. */
  readonly paths?: Partial<DoorPaths>;
  /** Pages in your look. Default: plain ones without style. */
  readonly pages?: DoorPages;
  /**
   * Called before the session of a login is made. What it returns becomes the session's own data; throwing
   * `LoginRefused` refuses the account with a 403 page. Default: everybody is let in, without data.
   */
  readonly onLogin?: OnLogin;
  /**
   * More parameters for a login (`organization`, `kc_idp_hint`, …). They go before `AUTH0_AUTHORIZATION_PARAMS`. What
   * the protocol itself sets (OpenID Connect Core 1.0 section 3.1.2.1), such as `scope`, is ignored.
   */
  readonly authorizationParams?: (req: Request) => Readonly<Record<string, string>>;
  /** A logger like pino, for failures and warnings. Default: none. */
  readonly log?: Logger;
  /**
   * Told what happens, for metrics: security events (logged as well), and how long Redis and the provider take. It is
   * called within requests, so it must be quick. `gatehouse/metrics` has one for prom-client (docs/operations.md).
   */
  readonly observe?: (event: DoorEvent) => void;
  /**
   * Name of the session's cookie. Default: `gatehouse_` and a hash of issuer and client. On https the name is prefixed
   * with `__Host-`, or with `__Secure-` where there is a `basePath`.
   */
  readonly cookieName?: string;
}

/** A session as it was at the time of the request; `data` also shows what this request has saved. */
export interface DoorSession {
  /** Names it; not a cookie, and of no use as one. Without Redis it may change at any request. In logs: `logFields`. */
  readonly id: string;
  /** When its login was finished. */
  readonly createdAt: Date;
  /** When it ends without another visit. Visits less than a minute apart may count as one. */
  readonly expiresAt: Date;
  /** When it ends however often it is visited: `SESSION_ABSOLUTE_SECONDS`, or the ID token's `session_expiry`. */
  readonly endsAtLatest: Date;
  /** How long it lives without a visit: `SESSION_ROLLING_SECONDS`. Seconds. */
  readonly rollingSeconds: number;
  /** The host's own, typed by `SessionData`: what `onLogin` returned, and what was saved. */
  readonly data: SessionFields;
  /** What its access tokens are good for; the login's token comes first. */
  readonly tokens: readonly HeldToken[];
  /** Whether it has a refresh token, so that access tokens are renewed without asking anybody. */
  readonly isRenewable: boolean;
  /**
   * Changes fields of `data`, each on its own: no update of a parallel request is lost. `undefined` removes one.
   * Resolves once it is saved. All data must be JSON, at most 64 kB in UTF-8; without Redis it must fit into the
   * cookie, sent with this answer, and parallel requests overwrite one another. If it throws, nothing is saved.
   * @throws LOGIN_REQUIRED (401) where the session has ended
   * @throws SESSION_STORE_UNAVAILABLE (503), SESSION_UNREADABLE (503)
   * @throws SESSION_DATA_NOT_JSON (500), SESSION_DATA_TOO_LARGE (413)
   * @throws SESSION_TOO_LARGE (431), and an Error where the answer has begun; both without Redis only
   */
  save(changes: SessionChanges): Promise<void>;
}

/** The front door; mounted by `app.use(door)`. Its errors and its guards' go to `door.errors`, mounted last. */
export interface Door extends RequestHandler {
  /**
   * A guard: passes signed-in users, with `Cache-Control: no-store` unless you said otherwise. A page goes to the login
   * and comes back; scripts and JSON get 401 with `login_url`. POST, PUT, PATCH and DELETE must come from own pages.
   * @throws LOGIN_REQUIRED (401), SIGNED_OUT (401) once where the session was ended from elsewhere
   * @throws CROSS_SITE_REQUEST (403), SESSION_STORE_UNAVAILABLE (503), SESSION_UNREADABLE (503)
   * @throws PROVIDER_UNAVAILABLE (503), PROVIDER_TIMEOUT (504), RATE_LIMITED (503), PROVIDER_UNREADABLE (502)
   */
  readonly signedIn: RequestHandler;
  /**
   * A guard: `signedIn`, for users for whom `rule` is true; others are told that the permission `name` is missing.
   * @throws PERMISSION_MISSING (403), what `rule` throws, and what `signedIn` does
   */
  allow(rule: (user: User, req: Request) => boolean | Promise<boolean>, name: string): RequestHandler;
  /** The `User` who is signed in; undefined where `standing` is not `signed in`. Never throws. */
  user(req: Request): User | undefined;
  /** The `DoorSession` of whoever is signed in; undefined where `user` is. Never throws. */
  session(req: Request): DoorSession | undefined;
  /** Tells why `user` is undefined, such as `signed out elsewhere` (told once), or `unknown` while Redis is away. */
  standing(req: Request): Standing;
  /**
   * An `AccessToken` of the signed-in user, renewed where needed (RFC 6749 section 6), once for all who ask; for other
   * APIs by RFC 8707 or RFC 8693. Waits 2 s for the provider. Every other outcome is thrown: docs/tokens.md.
   * @throws LOGIN_REQUIRED (401) where nobody is signed in, and an Error without a code where only another login helps
   * @throws PROVIDER_UNAVAILABLE (503), PROVIDER_TIMEOUT (504), RATE_LIMITED (503), PROVIDER_UNREADABLE (502)
   * @throws AUDIENCE_NOT_GRANTED (502), PERMISSION_MISSING (403) for a scope that no login asked for
   * @throws REFRESHED_TOO_OFTEN (429) for `forceRefresh` more than ten times a minute
   * @throws SESSION_STORE_UNAVAILABLE (503), SESSION_UNREADABLE (503), SESSION_TOO_LARGE (431)
   */
  accessToken(req: Request, request?: AccessTokenRequest): Promise<AccessToken>;
  /**
   * The fields of the door's own log lines about a request, for use in yours: `request_id`, `trace_id` from its
   * `traceparent`, and `session`, which is the same for everything that one session does.
   */
  logFields(req: Request): Pick<LogFields, 'request_id' | 'trace_id' | 'session'>;
  /** A value for the hidden field `form_token`, for clients that send neither `Sec-Fetch-Site` nor `Origin`. */
  formToken(req: Request): string;
  /**
   * Answers failures, as page or JSON: `{ error, message, request_id }`. Where a login helps it leads there, or adds
   * `login_url`: LOGIN_REQUIRED, STEP_UP_REQUIRED (401). If none helped: TOKENS_REFUSED (502), STEP_UP_FAILED (403).
   */
  readonly errors: ErrorRequestHandler;
  /**
   * Resolves when sessions work, and logins too unless only `sessions` are asked about; else rejects with what fails.
   * @throws SESSION_STORE_UNAVAILABLE (503)
   * @throws PROVIDER_UNAVAILABLE (503), PROVIDER_TIMEOUT (504), RATE_LIMITED (503), PROVIDER_UNREADABLE (502)
   */
  ready(part?: 'sessions'): Promise<void>;
  /**
   * Ends every session of the user with this `sub`, and logins under way. Resolves with how many sessions it ended.
   * @throws SESSION_STORE_UNAVAILABLE (503), and an Error without `REDIS_URL`
   */
  endSessions(user: { readonly sub: string }): Promise<number>;
  /** Closes connections, after at most `patienceMs` milliseconds (1000) for renewals under way. Never rejects. */
  stop(patienceMs?: number): Promise<void>;
}
