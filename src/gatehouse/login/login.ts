import type { Request, Response } from 'express';
import type { LoginOptions } from 'express-openid-connect';
import type { WebConfig } from '../config/web-config.ts';
import { accumulateScopes, joinScopes, type LoginDemand } from './login-demand.ts';
import type { ProviderClient } from './provider-client.ts';
import { safeReturnTo } from './return-to.ts';

/** The address that begins a login and comes back to `returnTo`. */
export function loginUrl(returnTo: string, demand: LoginDemand = {}): string {
  const query = new URLSearchParams();
  if (returnTo !== '/') query.set('returnTo', returnTo);
  for (const [name, value] of Object.entries(demand)) query.set(name, String(value));
  return query.size > 0 ? `/login?${query.toString()}` : '/login';
}

/** What the state of a login tells its callback. */
export interface LoginState {
  readonly returnTo?: unknown;
  readonly demand?: LoginDemand;
  readonly again?: true;
}

/** What `beginLogin` gives to the SDK: its options, and what goes into the login's state with them. */
export type BegunLogin = LoginOptions & Pick<LoginState, 'demand' | 'again'>;

/**
 * Sends the browser to the provider to sign in, and afterwards to `returnTo` where that is a page of this app.
 * @throws ProviderUnavailableError
 */
export async function beginLogin(
  req: Request,
  res: Response,
  { config, provider }: { config: Pick<WebConfig, 'callbackPath' | 'scopes'>; provider: ProviderClient },
  options: {
    returnTo: unknown;
    demand?: LoginDemand;
    /** The tokens of the login before were refused. */
    again?: boolean;
    screenHint?: 'signup';
    /** Of the session that there is: the login begins another. */
    letGo?: boolean;
  },
): Promise<void> {
  await provider.configuration(); // tells an outage; the SDK's own error for it has no name
  // The session that comes has the scopes that this one had asked for, too.
  const extraScope = accumulateScopes(req.appSession?.asked?.scope, options.demand?.scope);
  const { scope: _scope, max_age, ...demand } = options.demand ?? {};
  const login: BegunLogin = {
    returnTo: safeReturnTo(options.returnTo, config.callbackPath),
    demand: { ...options.demand, ...(extraScope && { scope: extraScope }) },
    ...(options.again && { again: true }),
    authorizationParams: {
      ...demand,
      ...(max_age !== undefined && { max_age }),
      ...(extraScope && { scope: joinScopes(config.scopes, extraScope) }),
      ...(options.screenHint && { screen_hint: options.screenHint }),
    },
  };
  if (options.letGo) req.appSession = undefined;
  await res.oidc.login(login);
}
