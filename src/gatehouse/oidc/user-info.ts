import { type CustomFetch, customFetch, enableNonRepudiationChecks, fetchUserInfo } from 'openid-client';
import type { DoorConfig } from '../config/door-config.ts';
import { CatalogueError } from '../errors/catalogue-error.ts';
import type { Logger } from '../platform/logger.ts';
import { claimsOf } from '../session/session-content.ts';
import { fetchOnceMore } from './provider-fetch.ts';
import type { ProviderClient } from './provider-client.ts';

/** The claim that each scope promises first (OpenID Connect Core section 5.4). */
const FIRST_CLAIM = { profile: 'name', email: 'email' } as const;

/** Levels of arrays and objects in claims. */
const MAX_DEPTH = 32;

export type CompleteClaims = ReturnType<typeof createCompleteClaims>;

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
  /** `isIncomplete`: UserInfo could not be asked for what the ID token lacks. @throws CatalogueError CLAIMS_TOO_DEEP */
  return async (tokens: Readonly<Record<'id_token' | 'access_token', string>>) => {
    let claims = claimsOf(tokens.id_token);
    let isIncomplete = false;
    const isMissing = ([scope, claim]: [string, string]) =>
      config.scopes.includes(scope) && claims[claim] === undefined;
    if (Object.entries(FIRST_CLAIM).some(isMissing)) {
      try {
        const configuration = await provider.configuration();
        const once = configuration[customFetch] as typeof fetch;
        configuration[customFetch] = ((...request) => fetchOnceMore(once, ...request)) as typeof fetch as CustomFetch;
        enableNonRepudiationChecks(configuration);
        claims = claimsOf(tokens.id_token, await fetchUserInfo(configuration, tokens.access_token, claims.sub));
      } catch (error) {
        log.warn({ reason: (error as Error).message }, 'profile not completed: UserInfo failed');
        isIncomplete = true;
      }
    }
    // Deeper than anybody nests on purpose: whatever shows or traverses it would break.
    if (isDeeperThan(MAX_DEPTH, claims)) throw new CatalogueError('CLAIMS_TOO_DEEP');
    return { claims, isIncomplete };
  };
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}
