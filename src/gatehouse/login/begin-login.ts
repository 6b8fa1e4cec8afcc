import type { Request, Response } from 'express';
import { AUTHORIZATION_PARAMETERS } from '../config/door-config.ts';
import { CatalogueError, HOME } from '../errors/catalogue-error.ts';
import { addCookies } from '../platform/cookies.ts';
import { leaveFor } from '../platform/leave.ts';
import { accumulateScopes, joinScopes, loginScopes } from '../oidc/scopes.ts';
import type { Session } from '../session/sessions.ts';
import { type LoginDemand, readDemand } from './login-demand.ts';
import { explainPushError } from './login-errors.ts';
import type { LoginParts } from './login-parts.ts';

export interface LoginWish {
  /** Where to go afterwards; `/` where that is not a page of this app. */
  readonly returnTo?: unknown;
  readonly demand?: LoginDemand;
  /** Whether the previous login's tokens were refused. */
  readonly again?: boolean;
  /** Whether this is the second attempt at the same login. */
  readonly retried?: boolean;
  /** What only this login asks of the provider. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** What an address may ask of the provider besides a demand, and which values are valid. */
const PASSED_ON: Readonly<Record<string, RegExp>> = {
  login_hint: /^.{1,300}$/,
  ui_locales: /^[\w -]{1,100}$/,
  organization: /^[\w-]{1,100}$/,
  invitation: /^[\w-]{1,100}$/,
  screen_hint: /^[\w-]{1,50}$/,
  // Any other (`none`) would lead to an error instead of a page.
  prompt: /^(login|create|select_account|consent)$/,
};

/**
 * What `/login?…` wants: where to end, an API's demand, if any, and what is passed on to the provider. A provider that
 * begins the login (OpenID Connect Core section 4) names itself, `iss`, and an address of this app, `target_link_uri`.
 * @throws CatalogueError BAD_REQUEST for one of another provider
 */
export function readLoginQuery({ query }: Request, config: { baseUrl: string; issuer: string }): LoginWish {
  const textOf = (name: string) => (typeof query[name] === 'string' ? query[name] : undefined);
  const issuer = textOf('iss');
  if (issuer !== undefined && issuer.replace(/\/$/, '') !== config.issuer) {
    throw new CatalogueError('BAD_REQUEST', { cause: new Error('a login that another provider begins'), action: HOME });
  }
  const target = textOf('target_link_uri') ?? '';
  const { origin, pathname = '', search = '' } = URL.canParse(target) ? new URL(target) : ({} as Partial<URL>);
  const parameters = Object.entries(PASSED_ON).filter(([name, isFine]) => isFine.test(textOf(name) ?? ''));
  return {
    returnTo: origin === config.baseUrl ? pathname + search : query['returnTo'],
    demand: readDemand(query),
    parameters: Object.fromEntries(parameters.map(([name]) => [name, textOf(name) ?? ''])),
  };
}

/**
 * Sends the browser to the provider to sign in. `session`: the present one, if any; the scopes that it asked for are
 * asked for again.
 * @throws ProviderUnavailableError, CatalogueError where the provider refuses a request that is pushed
 */
export async function beginLogin(
  req: Request,
  res: Response,
  parts: LoginParts,
  session: Session | undefined,
  { returnTo, demand = {}, again, retried, parameters }: LoginWish,
): Promise<void> {
  const { config, provider, sdk, transactions, links } = parts;
  // Rejects in an outage with an error that says so; the SDK's own has no name.
  const { scopes_supported: supported, require_pushed_authorization_requests: isPushed } = await provider.metadata();
  const extraScope = accumulateScopes(session?.content.asked.scope, demand.scope);
  const state = {
    returnTo: links.destination(returnTo),
    demand: { ...demand, ...(extraScope && { scope: extraScope }) },
    ...(again && { again: true as const }),
    ...(retried && { retried: true as const }),
  };
  const fromHost = Object.entries(parts.authorizationParams(req)).filter(
    ([name]) => !AUTHORIZATION_PARAMETERS.includes(name),
  );
  const asked = {
    ...config.authorizationParams,
    ...Object.fromEntries(fromHost),
    ...parameters,
    ...demand,
    scope: joinScopes(loginScopes(config, supported), extraScope),
  };
  const { location, ...begun } = await sdk.login(req, res, state, asked).catch((error: unknown) => {
    throw isPushed ? explainPushError(error, asked.scope) : error;
  });
  parts.observe({ event: 'login.begun' });
  addCookies(res, transactions.begin(req.headers.cookie, begun));
  leaveFor(location, req, res);
}
