import type { RequestHandler } from 'express';
import type { AppParts } from './app-parts.ts';
import { apiCall, refreshApiCall } from './pages/api-call.ts';
import { home } from './pages/home.ts';
import { adminMessage, protectedMessage } from './pages/messages.ts';
import { profile } from './pages/profile.ts';

/** One route of the app: who may use it stands beside its path. */
export interface Route {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly access: RequestHandler;
  readonly handlers: readonly RequestHandler[];
}

/** Anybody, signed in or not. */
export const everyone: RequestHandler = (_req, _res, next) => next();

/**
 * Every page. Signing in and out, `/sessions` and `/backchannel-logout` are the door's. `door.signedIn` accepts a POST
 * from our own pages only.
 */
export function routes(parts: AppParts): readonly Route[] {
  const { signedIn } = parts.door;
  return [
    { method: 'get', path: '/', access: everyone, handlers: [home(parts)] },
    { method: 'get', path: '/profile', access: signedIn, handlers: [profile(parts)] },
    { method: 'get', path: '/api-call', access: signedIn, handlers: [apiCall(parts)] },
    { method: 'post', path: '/api-call/refresh', access: signedIn, handlers: [refreshApiCall(parts)] },
    { method: 'get', path: '/protected', access: signedIn, handlers: [protectedMessage(parts)] },
    { method: 'get', path: '/admin', access: signedIn, handlers: [adminMessage(parts)] },
  ];
}
