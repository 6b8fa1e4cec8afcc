import type { Door, User } from '#gatehouse';
import type { Request } from 'express';
import type { AppConfig } from './app-config.ts';
import { type Place, placesOf } from './navigation.ts';
import type { StaticFiles } from './app-parts.ts';
import { textOf } from './json.ts';
import { durationInWords, fromNowInWords, timeInWords } from './time-in-words.ts';

/** What every view may use, the same for every request. */
export interface AppLocals {
  /** Where browsers reach the app. */
  readonly baseUrl: string;
  /** The address of a file of `public`. */
  readonly asset: StaticFiles['url'];
  readonly words: {
    readonly time: typeof timeInWords;
    readonly fromNow: typeof fromNowInWords;
    readonly duration: typeof durationInWords;
  };
  /** Any JSON value as text. */
  readonly textOf: typeof textOf;
  /** Where signed-in users can go. */
  readonly places: readonly Place[];
  readonly localsOf: (req: Request) => ViewLocals;
}

/** What every view may use of its request. */
export interface ViewLocals {
  readonly user: User | undefined;
  readonly path: string;
  /** Where a login from this page comes back to. */
  readonly here: string;
  /** Whether we could not look up if somebody is signed in. */
  readonly isSessionUnknown: boolean;
  /** When the session ends, in seconds from now, as browsers' clocks differ; undefined: nobody is signed in. */
  readonly session: { readonly idleSeconds: number; readonly latestInSeconds: number } | undefined;
  /** Nobody is signed in here, for sure: a POST from another site comes without cookies (`SameSite`). */
  readonly isSignedOut: boolean;
  /** For the hidden field `form_token` of forms. */
  readonly formToken: () => string;
}

export function appLocals(config: AppConfig, door: Door, files: StaticFiles): AppLocals {
  return {
    baseUrl: config.baseUrl,
    asset: files.url,
    words: { time: timeInWords, fromNow: fromNowInWords, duration: durationInWords },
    textOf,
    places: placesOf(config),
    localsOf: (req) => localsOf(req, door, config),
  };
}

/** The callback is not a page to come back to, and no page may show the code in its query. */
function hereOf({ method, path, originalUrl }: Request, { callbackPath }: AppConfig): string {
  const [asked, callback] = [path, callbackPath].map((one) => one.toLowerCase().replace(/\/$/, ''));
  return method === 'GET' && asked !== callback ? originalUrl : '/';
}

function localsOf(req: Request, door: Door, config: AppConfig): ViewLocals {
  const user = door.user(req);
  const session = door.session(req);
  const isSessionUnknown = door.standing(req) === 'unknown';
  const secondsUntil = (at: Date) => Math.max(0, Math.floor((at.getTime() - Date.now()) / 1000));
  return {
    user,
    path: req.path,
    here: hereOf(req, config),
    isSessionUnknown,
    session: session && {
      idleSeconds: secondsUntil(session.expiresAt),
      latestInSeconds: secondsUntil(session.endsAtLatest),
    },
    isSignedOut: !user && !isSessionUnknown && req.method === 'GET',
    formToken: () => door.formToken(req),
  };
}
