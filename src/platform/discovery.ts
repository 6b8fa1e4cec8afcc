import * as oidc from 'openid-client';

const MAX_AGE_MS = 10 * 60_000;
/** How long one request to the provider may take. */
export const PROVIDER_TIMEOUT_SECONDS = 5;

/** The OpenID provider's own description of itself: its issuer, addresses and abilities. */
export interface Discovery {
  /**
   * Asked for once in ten minutes (OpenID Connect Discovery 1.0); kept for as long as the provider is away.
   * Rejects when it was never learnt.
   */
  metadata(): Promise<oidc.ServerMetadata>;
}

export function createDiscovery(issuer: string, { now = Date.now }: { now?: () => number } = {}): Discovery {
  let known: { metadata: oidc.ServerMetadata; until: number } | undefined;
  let asking: Promise<oidc.ServerMetadata> | undefined;

  async function discover(): Promise<oidc.ServerMetadata> {
    // Discovery is public; openid-client only wants some client to make a configuration for.
    const configuration = await oidc.discovery(new URL(issuer), 'discovery', undefined, oidc.None(), {
      timeout: PROVIDER_TIMEOUT_SECONDS,
      execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
    });
    known = { metadata: configuration.serverMetadata(), until: now() + MAX_AGE_MS };
    return known.metadata;
  }

  return {
    metadata: async () => {
      if (known && now() < known.until) return known.metadata;
      asking ??= discover().finally(() => {
        asking = undefined;
      });
      try {
        return await asking;
      } catch (error) {
        if (known) return known.metadata;
        throw error;
      }
    },
  };
}
