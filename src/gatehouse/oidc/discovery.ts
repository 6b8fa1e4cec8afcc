import * as oidc from 'openid-client';
import { createProviderRetry } from './provider-fault.ts';

const MAX_AGE_MS = 10 * 60_000;
/** How long one request to the provider may take. */
export const PROVIDER_TIMEOUT_SECONDS = 5;

export type Discovery = ReturnType<typeof createDiscovery>;

/** The OpenID provider's own description of itself: its issuer, addresses and abilities. */
export function createDiscovery(issuer: string, { now = Date.now }: { now?: () => number } = {}) {
  let known: { metadata: oidc.ServerMetadata; until: number } | undefined;
  let asking: Promise<oidc.ServerMetadata> | undefined;
  const retry = createProviderRetry({ now });

  async function discover(): Promise<oidc.ServerMetadata> {
    // Discovery is public; openid-client only wants some client to make a configuration for.
    const configuration = await oidc.discovery(new URL(issuer), 'discovery', undefined, oidc.None(), {
      timeout: PROVIDER_TIMEOUT_SECONDS,
      execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
    });
    known = { metadata: configuration.serverMetadata(), until: now() + MAX_AGE_MS };
    return known.metadata;
  }

  function ask(): Promise<oidc.ServerMetadata> {
    asking ??= retry(discover).finally(() => (asking = undefined));
    return asking;
  }

  return {
    /**
     * Asked for once in ten minutes (OpenID Connect Discovery 1.0). Once known nobody waits for it again: it is looked
     * up anew behind their backs, and kept for as long as the provider is away. Rejects when it was never learnt.
     */
    metadata: async () => {
      if (!known) return ask();
      if (now() >= known.until) ask().catch(() => undefined);
      return known.metadata;
    },
  };
}
