import type { Configuration } from 'oidc-provider';
import { base as basePolicy } from 'oidc-provider/lib/helpers/interaction_policy/index.js';
import type { ProviderConfig } from '../program/provider-config.ts';
import type { Accounts } from './accounts.ts';
import { apiResourceServer, assertGrantedAudience, resourcesGranted } from './audience.ts';
import { webAppClient } from './clients.ts';
import { grantRequestedScopes, restoreOfflineAccess } from './grants.ts';
import type { ProviderKeys } from './keys.ts';
import type { ProviderMemory } from './memory.ts';
import { createMemoryAdapter } from './memory-adapter.ts';
import type { ProviderPages } from './pages.ts';
import { CLAIMS_BY_SCOPE, OIDC_SCOPES } from './scopes.ts';

const MINUTES = 60;
const HOURS = 60 * MINUTES;
const DAYS = 24 * HOURS;

export interface ConfigurationParts {
  readonly config: ProviderConfig;
  readonly accounts: Accounts;
  readonly pages: ProviderPages;
  readonly memory: ProviderMemory;
  readonly keys: ProviderKeys;
  readonly accessTokenTtlSeconds: number;
  readonly profileInIdToken: boolean;
  readonly moreAudiences: readonly string[];
}

/** Everything that we tell oidc-provider; its lib/helpers/defaults.js explains each option. */
export function createConfiguration(parts: ConfigurationParts): Configuration {
  const { config, accounts, pages, memory, keys, accessTokenTtlSeconds, profileInIdToken, moreAudiences } = parts;
  return {
    adapter: createMemoryAdapter(memory),
    jwks: { keys: [keys.signing] },
    clients: [webAppClient(config)],
    cookies: {
      keys: [keys.cookies],
      // Browsers send localhost's cookies to all its ports, so none may share its name with one of the web app's.
      names: {
        session: 'provider_session',
        interaction: 'provider_interaction',
        resume: 'provider_resume',
      },
    },

    pkce: { required: () => true },
    responseTypes: ['code'],
    scopes: [...OIDC_SCOPES],
    claims: CLAIMS_BY_SCOPE,
    // Each parameter comes with a check, which oidc-provider calls even if the parameter is missing.
    extraParams: { audience: restoreOfflineAccess, screen_hint: null },
    interactions: { policy: policyWithoutConsent() },
    loadExistingGrant: (ctx) => grantRequestedScopes(ctx, accounts),
    conformIdTokenClaims: false,
    findAccount(_ctx, sub) {
      const account = accounts.find(sub);
      if (!account) return undefined;
      return {
        accountId: sub,
        claims: (use) => (use === 'id_token' && !profileInIdToken ? { sub } : account.claims),
      };
    },
    extraTokenClaims(_ctx, token) {
      if (token.kind !== 'AccessToken' || !token.aud) return undefined;
      return { permissions: accounts.find(token.accountId)?.permissions ?? [] };
    },
    formats: {
      customizers: {
        jwt(_ctx, { scope }, { payload }) {
          // As at Auth0, a token for the API is good for UserInfo, too; user-info.ts accepts it there.
          if (scope?.split(' ').includes('openid')) payload['aud'] = [String(payload['aud']), `${config.issuer}/me`];
        },
      },
    },
    rotateRefreshToken(ctx) {
      // Checked before the rotation: a refusal after it would cost the client its refresh token.
      assertGrantedAudience(ctx);
      return true;
    },

    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // A token is for one API: the login's, unless a refresh names another.
        defaultResource: (ctx, _client, oneOf) => oneOf?.[0] ?? resourcesGranted(ctx, moreAudiences),
        getResourceServerInfo: (_ctx, resource) => apiResourceServer([config.audience, ...moreAudiences], resource),
        useGrantedResource: () => true,
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: pages.logoutSource,
        postLogoutSuccessSource: pages.postLogoutSuccessSource,
      },
    },
    renderError: pages.renderError,
    clientBasedCORS: () => false,
    fetch: fetchFromAnywhere,

    ttl: {
      AccessToken: accessTokenTtlSeconds,
      AuthorizationCode: 1 * MINUTES,
      IdToken: 1 * HOURS,
      Interaction: 10 * MINUTES,
      Session: 8 * HOURS,
      RefreshToken: 14 * DAYS,
      Grant: 14 * DAYS,
    },
  };
}

/** Still knows `prompt=consent`, but never finds a reason to ask. */
function policyWithoutConsent() {
  const policy = basePolicy();
  policy.get('consent')?.checks.clear();
  return policy;
}

/** Back-channel logout goes to localhost, which oidc-provider's `dispatcher` refuses to reach (to prevent SSRF). */
function fetchFromAnywhere(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const { dispatcher: _refusesLocalhost, ...rest } = init as RequestInit & { dispatcher?: unknown };
  return fetch(input, rest);
}
