import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Env } from '../config/env-reader.ts';
import type { DoorPaths } from '../login/links.ts';
import type { OnLogin } from '../login/on-login.ts';
import type { Logger } from '../platform/logger.ts';
import type { SessionChanges, SessionFields } from '../session/own-data.ts';
import type { Standing, User } from '../session/user.ts';
import type { AccessToken, AccessTokenRequest, HeldToken } from '../tokens/access-token.ts';

/** A failure as it is told to people: what happened, and what to do, without internals. */
export interface Failure {
  /** Of the answer; `pages.error` finds it set already. */
  readonly status: number;
  /** Stable, for programs and for searching: `LOGIN_EXPIRED`. docs/errors.md lists ours. */
  readonly code: string;
  readonly title: string;
  readonly message: string;
  /** Where to go from here. */
  readonly action?: { readonly label: string; readonly href: string };
  /** The same as in the log. */
  readonly requestId: string;
  /** Outside production, for whoever runs the app. */
  readonly operator?: { readonly causes: readonly string[]; readonly remedy: string };
}

/**
 * What an error of the host's own may carry: with `status`, `code` and `title` it is told like one of ours, its message
 * being for the person in front of the browser. With `challenge`, what an API's 401 or 403 said in `WWW-Authenticate`,
 * the door does what the API asks for: a stronger or more recent sign-in (RFC 9470), or a 403 page that names the
 * missing permission (RFC 6750 section 3) and offers to ask for it.
 */
export interface TellingError
  extends Error, Partial<Pick<Failure, 'status' | 'code' | 'title' | 'action' | 'operator'>> {
  readonly retryAfterSeconds?: number;
  readonly challenge?: string;
  /** The permission that is missing, where the challenge names none. */
  readonly permission?: string;
}

/** One signed-in browser of a user. */
export interface SessionEntry {
  /** For the address of its sign-out; no cookie, and of no use as one. */
  readonly id: string;
  /** It is the browser that asks. */
  readonly current: boolean;
  readonly createdAt: Date;
  /** Exact to a minute. */
  readonly lastSeenAt: Date;
  /** What the browser said of itself at login; untrusted text. */
  readonly userAgent: string | undefined;
}

export interface SessionsPage {
  readonly sessions: readonly SessionEntry[];
  /** Address of the page with older ones; undefined where these are all. */
  readonly next: string | undefined;
}

/** The pages that the door shows; JSON is answered by itself. What is left out is a plain page without style. */
export interface DoorPages {
  error?(req: Request, res: Response, failure: Failure): unknown;
  /** Another site sent somebody here to sign out: asks whether they want to. `logoutUrl` is to be posted to. */
  confirmLogout?(req: Request, res: Response, page: { readonly logoutUrl: string }): unknown;
  /** Where this user is signed in. Signing out: POST `…/:id/revoke` and `…/revoke-others`. */
  sessions?(req: Request, res: Response, page: SessionsPage): unknown;
}

/** Every option may be left out. */
export interface GatehouseOptions {
  /** The variables that .env.example lists. Default: `process.env`. */
  readonly env?: Env;
  readonly paths?: Partial<DoorPaths>;
  readonly pages?: DoorPages;
  /**
   * Called before the session of a login is made. What it answers becomes the session's own data; throwing
   * `LoginRefused` refuses the account with a 403 page.
   */
  readonly onLogin?: OnLogin;
  /** More parameters for a login: `organization`, `connection`, `kc_idp_hint`, …; none that the protocol itself sets. */
  readonly authorizationParams?: (req: Request) => Readonly<Record<string, string>>;
  /** pino's shape. Default: silence. */
  readonly log?: Logger;
  /** Default: `gatehouse`; on https with the prefix `__Host-`. */
  readonly cookieName?: string;
}

/** A session as the host sees it. */
export interface DoorSession {
  /** Names it on pages and in logs; no cookie, and of no use as one. */
  readonly id: string;
  readonly createdAt: Date;
  /** When it ends without another visit; a visit within a minute of the last one counts with that. */
  readonly expiresAt: Date;
  /** When it ends however often it is visited. */
  readonly endsAtLatest: Date;
  /** How long it lives without a visit. Seconds. */
  readonly rollingSeconds: number;
  /** The host's own, typed by `SessionData`. */
  readonly data: SessionFields;
  /** What its access tokens are good for, that of the login first. */
  readonly tokens: readonly HeldToken[];
  /** It has a refresh token: access tokens are renewed without asking anybody. */
  readonly isRenewable: boolean;
  /**
   * Changes fields of `data`, each on its own: no update of a parallel request is lost. `undefined` removes one.
   * Resolves when it is kept. Without Redis the session travels with this answer, and requests in parallel overwrite
   * one another. Up to 64 kB in all, as JSON in UTF-8; in cookies what fits. What is thrown has saved nothing.
   * @throws SESSION_DATA_NOT_JSON (500), SESSION_DATA_TOO_LARGE (413; 431 SESSION_TOO_LARGE in cookies),
   *   SESSION_STORE_UNAVAILABLE (503), LOGIN_REQUIRED where the session has ended
   */
  save(changes: SessionChanges): Promise<void>;
}

/** The front door; mounted by `app.use(door)`, with `door.errors` behind everything else. */
export interface Door extends RequestHandler {
  /** Signed-in users. A page goes to the login and comes back; scripts and JSON get 401 with `login_url`. */
  readonly signedIn: RequestHandler;
  /** Signed-in users for whom `rule` is true; others get a 403 that names what is missing. */
  allow(rule: (user: User, req: Request) => boolean | Promise<boolean>, name: string): RequestHandler;
  user(req: Request): User | undefined;
  session(req: Request): DoorSession | undefined;
  /** Why `user` answers nothing: also `signed out elsewhere`, told once, and `unknown` while Redis is away. */
  standing(req: Request): Standing;
  /**
   * An access token of the signed-in user, renewed where needed; every other outcome is thrown, and `door.errors`
   * answers it.
   */
  accessToken(req: Request, request?: AccessTokenRequest): Promise<AccessToken>;
  /** The hidden field `form_token` of forms, for clients that send neither `Sec-Fetch-Site` nor `Origin`. */
  formToken(req: Request): string;
  /** Answers every failure, as a page or as JSON. */
  readonly errors: ErrorRequestHandler;
  /**
   * Resolves when sessions can work, and logins too unless only `sessions` are asked for; else rejects with what
   * fails (`code`: SESSION_STORE_UNAVAILABLE or one of PROVIDER_…).
   */
  ready(part?: 'sessions'): Promise<void>;
  /** Ends every session of a user. Answers how many. Redis only. */
  endSessions(user: { readonly sub: string }): Promise<number>;
  /** Lets go of connections, after at most `patienceMs` (1000) for what is under way. */
  stop(patienceMs?: number): Promise<void>;
}
