import type { RequestHandler } from 'express';
import type { Route } from '../../src/app/routes.ts';
import type { GatehouseOptions } from '../../src/gatehouse/index.ts';
import { providerFault } from '../../src/gatehouse/oidc/provider-fault.ts';
import type { ProviderOptions } from '../../src/provider/create-provider.ts';
import { startApp, type TestApp, type TestParts } from './app.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { createProviderFaults, type ProviderFaults } from './provider-faults.ts';
import { signIn } from './sign-in.ts';

export const AUDIENCE = 'https://api.gatehouse.test';
/** Another API for which the local provider gives access tokens here. */
export const REPORTS = 'https://reports.gatehouse.test';

/** What `/test/token` says about an outcome. */
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

export async function startTokenApp(
  env: Record<string, string> = {},
  door: GatehouseOptions = {},
  provider: ProviderOptions = {},
  how: { readonly besidePrograms?: boolean } = {},
): Promise<TokenApp> {
  const faults = createProviderFaults();
  const events: string[] = [];
  const app = await startApp({
    ...how,
    env: { AUTH0_AUDIENCE: AUDIENCE, ...env },
    provider: {
      moreAudiences: [REPORTS],
      intercept: faults.intercept,
      log: (event) => events.push(event),
      ...provider,
    },
    door,
    routes: testRoutes,
  });
  return { ...app, faults, events };
}

function testRoutes({ door, inside }: TestParts): readonly Route[] {
  const { accessTokens, visits } = inside;
  const show: RequestHandler = async (req, res) => {
    const { audience, scope, force } = req.query as Record<string, string | undefined>;
    const session = visits.session(req);
    if (!session) throw new Error('nobody is signed in');
    const got = await accessTokens.get(session, { audience, scope, forceRefresh: force !== undefined });
    if ('token' in got) res.json({ outcome: got.outcome, ...got.token });
    else if ('cause' in got) res.json({ outcome: got.outcome, fault: providerFault(got.cause) });
    else res.json(got);
  };
  const page: RequestHandler = async (req, res) => {
    const { audience = REPORTS, scope } = req.query as Record<string, string | undefined>;
    await door.accessToken(req, { audience, scope });
    res.send('<h1>Here is the report</h1>');
  };
  const session: RequestHandler = (req, res) => void res.json(visits.session(req)?.content);
  const expire: RequestHandler = async (req, res) => {
    const expiresAt = Math.floor(Date.now() / 1000) + Number(req.query['in'] ?? -1);
    await visits.session(req)?.change((content) => {
      content.expires_at = expiresAt;
      for (const token of content.tokens ?? []) token.expires_at = expiresAt;
      if ('forget' in req.query) delete content.refresh_token;
    });
    res.json({});
  };
  const access = door.signedIn;
  return [
    { method: 'get', path: '/test/token', access, handlers: [show] },
    { method: 'get', path: '/test/page', access, handlers: [page] },
    { method: 'get', path: '/test/session', access, handlers: [session] },
    { method: 'get', path: '/test/expire', access, handlers: [expire] },
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
    /** Makes every token of the session expire this many seconds from now. */
    expire: (seconds = -1) => json(`/test/expire?in=${seconds}`),
  };
}
