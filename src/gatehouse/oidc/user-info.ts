import { type CustomFetch, customFetch, enableNonRepudiationChecks, fetchUserInfo } from 'openid-client';
import type { DoorConfig } from '../config/door-config.ts';
import { CatalogueError } from '../errors/catalogue-error.ts';
import type { Logger } from '../platform/logger.ts';
import { type Claims, claimsOf } from '../session/session-content.ts';
import { fetchOnceMore } from './provider-fetch.ts';
import type { ProviderClient } from './provider-client.ts';

/** The claim that each scope promises first (OpenID Connect Core section 5.4). */
const FIRST_CLAIM = { profile: 'name', email: 'email' } as const;

/** Levels of arrays and objects in claims. */
const MAX_DEPTH = 32;

type TokensOfLogin = Readonly<Record<'id_token' | 'access_token', string>>;

export type CompleteClaims = ReturnType<typeof createCompleteClaims>;

/** Claims, and whether UserInfo could not be asked for what they lack. */
export interface CompletedClaims {
  readonly claims: Claims;
  readonly isIncomplete: boolean;
}

/**
 * All claims about somebody who has just signed in: the verified ID token's, completed from UserInfo (OpenID Connect
 * Core section 5.3; verified if it is signed), since many providers keep ID tokens small. If UserInfo is odd, only its
 * claims are lost, not the login; it is asked again when the tokens are renewed.
 */
export function createCompleteClaims(parts: {
  readonly config: Pick<DoorConfig, 'scopes'>;
  readonly provider: ProviderClient;
  readonly log: Logger;
}) {
  const { config, provider, log } = parts;
  async function completed(tokens: TokensOfLogin): Promise<CompletedClaims> {
    const claims = claimsOf(tokens.id_token);
    const isComplete = Object.entries(FIRST_CLAIM).every(
      ([scope, claim]) => !config.scopes.includes(scope) || claims[claim] !== undefined,
    );
    if (isComplete) return { claims, isIncomplete: false };
    try {
      const configuration = await provider.configuration();
      const once = configuration[customFetch] as typeof fetch;
      configuration[customFetch] = ((...request) => fetchOnceMore(once, ...request)) as typeof fetch as CustomFetch;
      enableNonRepudiationChecks(configuration);
      const userInfo = await fetchUserInfo(configuration, tokens.access_token, claims.sub);
      return { claims: claimsOf(tokens.id_token, userInfo), isIncomplete: false };
    } catch (error) {
      log.warn({ reason: (error as Error).message }, 'profile not completed: UserInfo failed');
      return { claims, isIncomplete: true };
    }
  }

  /** @throws CatalogueError CLAIMS_TOO_DEEP */
  return async (tokens: TokensOfLogin): Promise<CompletedClaims> => {
    const all = await completed(tokens);
    // Deeper than anybody nests on purpose: whatever shows or traverses it would break.
    if (isDeeperThan(MAX_DEPTH, all.claims)) throw new CatalogueError('CLAIMS_TOO_DEEP');
    return all;
  };
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}
