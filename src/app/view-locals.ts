import type { Request } from 'express';
import { currentUser, type CurrentUser } from '../gatehouse/door/user.ts';
import type { Assets } from './static-files.ts';
import { type SessionEnd, sessionEnd } from '../gatehouse/session/session-end.ts';
import { pageOf } from './access.ts';
import { type Place, placesOf } from './navigation.ts';
import type { Services } from './services.ts';
import { durationInWords, fromNowInWords, timeInWords } from './time-in-words.ts';

/** What every view may use, the same for every request. */
export interface AppLocals {
  /** Where browsers reach the app. */
  readonly baseUrl: string;
  /** The address of a file of `public`. */
  readonly asset: Assets['url'];
  readonly words: {
    readonly time: typeof timeInWords;
    readonly fromNow: typeof fromNowInWords;
    readonly duration: typeof durationInWords;
  };
  /** Where signed-in users can go. */
  readonly places: readonly Place[];
  readonly isDevelopment: boolean;
  readonly endOfSession: (req: Request) => SessionEnd;
}

/** What every view may use, of the request. */
export interface ViewLocals {
  readonly user: CurrentUser | undefined;
  readonly path: string;
  /** Where a login from this page comes back to. */
  readonly here: string;
  /** We could not look up whether somebody is signed in. */
  readonly isSessionUnknown: boolean;
  /** Undefined where nobody is signed in. */
  readonly session: SessionEnd | undefined;
  /** Nobody is signed in in this browser, for sure: a POST of another site comes without cookies (`SameSite`). */
  readonly isSignedOut: boolean;
}

export function appLocals(services: Services, assets: Assets): AppLocals {
  const { config } = services;
  return {
    baseUrl: config.baseUrl,
    asset: assets.url,
    words: { time: timeInWords, fromNow: fromNowInWords, duration: durationInWords },
    places: placesOf(services),
    isDevelopment: !config.production,
    endOfSession: (req) => sessionEnd(req.appSession ?? {}, config, Math.floor(Date.now() / 1000)),
  };
}

export function viewLocals(req: Request): ViewLocals {
  const user = currentUser(req);
  const { endOfSession } = req.app.locals as AppLocals;
  const isSessionUnknown = req.isSessionUnknown ?? req.oidc === undefined;
  return {
    user,
    path: req.path,
    here: pageOf(req),
    isSessionUnknown,
    session: user && endOfSession(req),
    isSignedOut: !user && !isSessionUnknown && req.method === 'GET',
  };
}
