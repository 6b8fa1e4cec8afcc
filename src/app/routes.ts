import type { RequestHandler } from 'express';
import type { WebConfig } from '../gatehouse/config/web-config.ts';
import type { SessionIndex } from '../gatehouse/session/session-index.ts';
import {
  type AccessRule,
  everyone,
  signedIn,
  whileSessionsCanBeEnded,
  whileSessionsCanBeKept,
} from './access.ts';
import { apiCall, refreshApiCall } from './pages/api-call.ts';
import { home } from './pages/home.ts';
import { adminMessage, protectedMessage } from './pages/messages.ts';
import { profile } from './pages/profile.ts';
import { revokeOtherSessions, revokeSession, sessionsPage } from './pages/sessions.ts';
import { callback, login, logout, onlyIfMeant, signup } from './pages/session.ts';
import type { Services } from './services.ts';

/** One route of the web app: who may use it stands beside its path. */
export interface Route {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly access: AccessRule;
  readonly handlers: readonly RequestHandler[];
}

/**
 * Every route that knows a session. POST is taken from our own pages only (create-app.ts). `/health`, `/ready`
 * and static files come before sessions are read.
 */
export function routes(services: Services): readonly Route[] {
  return [
    { method: 'get', path: '/', access: everyone, handlers: [home(services)] },
    {
      method: 'get',
      path: '/login',
      access: whileSessionsCanBeKept,
      handlers: [onlyIfMeant, login(services)],
    },
    {
      method: 'get',
      path: '/signup',
      access: whileSessionsCanBeKept,
      handlers: [onlyIfMeant, signup(services)],
    },
    {
      method: 'get',
      path: services.config.callbackPath,
      access: whileSessionsCanBeKept,
      handlers: [onlyIfMeant, callback(services)],
    },
    {
      method: 'get',
      path: '/logout',
      access: whileSessionsCanBeEnded,
      handlers: [onlyIfMeant, logout(services)],
    },
    { method: 'get', path: '/profile', access: signedIn, handlers: [profile(services)] },
    { method: 'get', path: '/api-call', access: signedIn, handlers: [apiCall(services)] },
    { method: 'post', path: '/api-call/refresh', access: signedIn, handlers: [refreshApiCall(services)] },
    { method: 'get', path: '/protected', access: signedIn, handlers: [protectedMessage(services)] },
    { method: 'get', path: '/admin', access: signedIn, handlers: [adminMessage(services)] },
    ...(services.sessions ? sessionRoutes(services.sessions.index, services.config) : []),
  ];
}

/** Where a user is signed in; only sessions in Redis can be listed and ended. */
function sessionRoutes(index: SessionIndex, config: WebConfig): readonly Route[] {
  return [
    { method: 'get', path: '/sessions', access: signedIn, handlers: [sessionsPage(index, config)] },
    {
      method: 'post',
      path: '/sessions/revoke-others',
      access: signedIn,
      handlers: [revokeOtherSessions(index)],
    },
    { method: 'post', path: '/sessions/:id/revoke', access: signedIn, handlers: [revokeSession(index)] },
  ];
}
