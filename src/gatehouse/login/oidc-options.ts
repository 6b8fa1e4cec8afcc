import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import type { ConfigParams, Session } from 'express-openid-connect';
import type { WebConfig } from '../config/web-config.ts';
import { PROVIDER_TIMEOUT_SECONDS } from '../platform/discovery.ts';
import type { SdkSessionStore } from '../session/sdk-session-store.ts';
import { sdkClientAuth } from './client-authentication.ts';
import type { BegunLogin, LoginState } from './login.ts';
import type { ProviderClient } from './provider-client.ts';

/** `appSession`; on https with the prefix that ties the cookie to this very host (RFC 6265bis section 4.1.3). */
export function sessionName(config: Pick<WebConfig, 'baseUrl'>): string {
  return `${hostPrefix(config)}appSession`;
}

/** The SDK's one name for the cookies of logins under way; see login-transactions.ts. */
export function transactionName(config: Pick<WebConfig, 'baseUrl'>): string {
  return `${hostPrefix(config)}auth_verification`;
}

/**
 * Options of express-openid-connect: code flow with PKCE, and none of its routes, which `src/web/routes.ts` has.
 * Every option that it would read from the environment by itself is passed.
 */
export function oidcOptions(
  config: WebConfig,
  parts: {
    provider: ProviderClient;
    store: SdkSessionStore | undefined;
    /** Makes the session of a login from what the SDK has of it. */
    completeLogin: (req: Request, session: Session, state: LoginState) => Promise<Session>;
  },
): ConfigParams {
  const { provider, store, completeLogin } = parts;
  return {
    issuerBaseURL: config.issuer,
    baseURL: config.baseUrl,
    clientID: config.clientId,
    ...sdkClientAuth(config.clientAuthentication),
    useMtls: false,
    secret: [...config.secrets],
    authRequired: false,
    routes: { login: false, logout: false, callback: false },
    authorizationParams: {
      response_type: 'code',
      response_mode: 'query',
      redirect_uri: config.baseUrl + config.callbackPath,
      scope: config.scopes.join(' '),
      ...(config.audience && { audience: config.audience }),
    },
    session: {
      name: sessionName(config),
      rollingDuration: config.session.rollingSeconds,
      absoluteDuration: config.session.absoluteSeconds,
      signSessionStoreCookie: true,
      // Its types have `expires_at` as text; it is a number.
      ...(store && { store: store as never }),
    },
    transactionCookie: { name: transactionName(config), sameSite: 'Lax' },
    // The SDK's own state is the destination alone: two logins to one page would be the same.
    getLoginState: (_req, { returnTo, demand, again }: BegunLogin) => ({
      ...{ returnTo, demand, again },
      txn: randomUUID(),
    }),
    legacySameSiteCookie: false,
    enableTelemetry: false,
    httpTimeout: PROVIDER_TIMEOUT_SECONDS * 1000,
    customFetch: provider.fetch,
    afterCallback: (req, _res, session, state) => completeLogin(req, session, state),
  };
}

function hostPrefix({ baseUrl }: Pick<WebConfig, 'baseUrl'>): string {
  return baseUrl.startsWith('https:') ? '__Host-' : '';
}
