import type { RequestHandler } from 'express';
import { signedIn } from '../../src/app/access.ts';
import { demandAccessToken } from '../../src/app/call-api.ts';
import type { Route } from '../../src/app/routes.ts';
import type { Services } from '../../src/app/services.ts';
import { startApp, type TestApp } from './app.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { createProviderFaults, type ProviderFaults } from './provider-faults.ts';
import { signIn } from './sign-in.ts';

export const AUDIENCE = 'https://api.gatehouse.test';
/** Another API for which the local provider gives tokens here. */
export const REPORTS = 'https://reports.gatehouse.test';

/** What `/test/token` says of an outcome. */
export interface Got {
  readonly outcome: string;
  readonly value?: string;
  readonly scope?: string;
  readonly type?: string;
  readonly expiresIn?: number;
  readonly fault?: { readonly kind: string };
}

/** The app with routes that show what the token service says, and what the session holds. */
export interface TokenApp extends TestApp {
  readonly faults: ProviderFaults;
  /** What the provider reported: revoked grants, refused requests. */
  readonly events: string[];
}

export async function startTokenApp(env: Record<string, string> = {}): Promise<TokenApp> {
  const faults = createProviderFaults();
  const events: string[] = [];
  const app = await startApp({
    env: { AUTH0_AUDIENCE: AUDIENCE, ...env },
    provider: {
      moreAudiences: [REPORTS],
      intercept: faults.intercept,
      log: (event) => events.push(event),
    },
    routes: testRoutes,
  });
  return { ...app, faults, events };
}

function testRoutes(services: Services): readonly Route[] {
  const { accessTokens } = services;
  const show: RequestHandler = async (req, res) => {
    const { audience, scope, force } = req.query as Record<string, string | undefined>;
    const got = await accessTokens.get(req, { audience, scope, forceRefresh: force !== undefined });
    const { cause: _cause, ...rest } = { cause: undefined, ...got };
    res.json('token' in got ? { outcome: got.outcome, ...got.token } : rest);
  };
  const page: RequestHandler = async (req, res) => {
    const { audience = REPORTS, scope } = req.query as Record<string, string | undefined>;
    await demandAccessToken(req, services, { audience, scope });
    res.send('<h1>Here is the report</h1>');
  };
  const session: RequestHandler = (req, res) => void res.json(req.appSession);
  const expire: RequestHandler = (req, res) => {
    const seconds = Number(req.query['in'] ?? -1);
    const expiresAt = Math.floor(Date.now() / 1000) + seconds;
    if (req.appSession) req.appSession.expires_at = expiresAt;
    for (const token of req.appSession?.tokens ?? []) token.expires_at = expiresAt;
    if (req.appSession && 'forget' in req.query) delete req.appSession.refresh_token;
    res.json({});
  };
  return [
    { method: 'get', path: '/test/token', access: signedIn, handlers: [show] },
    { method: 'get', path: '/test/page', access: signedIn, handlers: [page] },
    { method: 'get', path: '/test/session', access: signedIn, handlers: [session] },
    { method: 'get', path: '/test/expire', access: signedIn, handlers: [expire] },
  ];
}

const JSON_ONLY = { accept: 'application/json' };

/** A signed-in user of a `TokenApp`. */
export async function tokenUser(app: TokenApp, username = 'alice') {
  const client: HttpClient = createHttpClient();
  await signIn(client, `${app.url}/login`, username);
  const json = async <T>(path: string, url = app.url): Promise<T> =>
    (await client.get(url + path, JSON_ONLY)).json() as Promise<T>;
  return {
    client,
    /** The answer of the token service, at `url`. */
    token: (query = '', url = app.url) => json<Got>(`/test/token?${query}`, url),
    session: () => json<Record<string, unknown>>('/test/session'),
    /** Lets every token of the session end so many seconds from now. */
    expire: (seconds = -1) => json(`/test/expire?in=${seconds}`),
  };
}
