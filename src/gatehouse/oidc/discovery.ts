import * as oidc from 'openid-client';
import { ConfigError } from '../config/env-reader.ts';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { unobserved } from '../platform/events.ts';
import { isOfManyTenants } from './providers/entra-id.ts';
import { createProviderRetry } from './provider-fault.ts';

const MAX_AGE_MS = 10 * 60_000;
/** How long one request to the provider may take. */
export const PROVIDER_TIMEOUT_SECONDS = 5;

export type Discovery = ReturnType<typeof createDiscovery>;

/**
 * Where the document of an issuer is (OpenID Connect Discovery 1.0, section 4), for openid-client and the SDK. Given
 * this, they do not compare issuers: providers write theirs with or without a slash at the end, so we compare them.
 */
export function discoveryAddress(issuer: string): string {
  return isOfManyTenants(issuer) ? issuer : `${issuer}/.well-known/openid-configuration`;
}

/** Asks once for an issuer's document; `assertIsOf` checks whose it is. Rejects with errors of openid-client. */
export async function readDocument(
  issuer: string,
  options: Pick<oidc.DiscoveryRequestOptions, 'timeout' | typeof oidc.customFetch>,
): Promise<oidc.ServerMetadata> {
  // Discovery is public; openid-client only wants some client to make a configuration for.
  const configuration = await oidc.discovery(new URL(discoveryAddress(issuer)), 'discovery', undefined, oidc.None(), {
    ...options,
    execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
  });
  return configuration.serverMetadata();
}

/**
 * @throws CatalogueError PROVIDER_MISCONFIGURED where the document is another issuer's (caused by a ConfigError if it
 * is for many tenants), or names unsafe addresses
 */
export function assertIsOf(issuer: string, metadata: oidc.ServerMetadata): void {
  const isTemplate = isOfManyTenants(issuer) && metadata.issuer.includes('{tenantid}');
  if (metadata.issuer.replace(/\/$/, '') !== issuer && !isTemplate) {
    const named = `its discovery document says that the issuer is ${metadata.issuer}`;
    // Another template is neither an outage nor the provider's mistake: it does not pass by itself.
    const cause = metadata.issuer.includes('{')
      ? new ConfigError([`ISSUER_BASE_URL is of many tenants: ${named}, a template; write the issuer of one tenant`])
      : new Error(`${named}, not ${issuer}; write that one, and let it be reached from here by that name`);
    throw new CatalogueError('PROVIDER_MISCONFIGURED', { cause });
  }
  const isUnsafe = (name: string) => /(_endpoint|^jwks_uri)$/.test(name) && /^http:/.test(metadata[name] as string);
  const unsafe = Object.keys(metadata).find(isUnsafe);
  if (unsafe && issuer.startsWith('https:')) {
    const cause = new Error(`${unsafe} in its discovery document is plain http: does TLS end at a proxy before it?`);
    throw new CatalogueError('PROVIDER_MISCONFIGURED', { cause });
  }
}

/** The OpenID provider's own description of itself: its issuer, addresses and abilities. */
export function createDiscovery(issuer: string, { now = Date.now, observe = unobserved } = {}) {
  let known: { metadata: oidc.ServerMetadata; until: number } | undefined;
  let asking: Promise<oidc.ServerMetadata> | undefined;
  const retry = createProviderRetry({ now });

  /** Reports what the document calls the address: one of few names, however many addresses there are. */
  const observed: typeof fetch = async (input, init) => {
    const begunAt = performance.now();
    let outcome = 'failed';
    try {
      const response = await fetch(input, init);
      outcome = `${Math.floor(response.status / 100)}xx`;
      return response;
    } finally {
      const address = input instanceof Request ? input.url : String(input);
      const [endpoint = 'discovery'] = Object.entries(known?.metadata ?? {}).find(([, url]) => url === address) ?? [];
      observe({ event: 'provider.answered', endpoint, outcome, seconds: (performance.now() - begunAt) / 1000 });
    }
  };

  async function discover(): Promise<oidc.ServerMetadata> {
    const metadata = await readDocument(issuer, {
      timeout: PROVIDER_TIMEOUT_SECONDS,
      [oidc.customFetch]: observed as oidc.CustomFetch,
    });
    assertIsOf(issuer, metadata);
    known = { metadata, until: now() + MAX_AGE_MS };
    return metadata;
  }

  const ask = () => (asking ??= retry(discover).finally(() => (asking = undefined)));

  return {
    /** For all requests to the provider. */
    fetch: observed,
    /**
     * Asked for once in ten minutes (OpenID Connect Discovery 1.0). Once it is known nobody waits for it again: it is
     * renewed in the background, and kept while the provider is away. Rejects if it was never learnt.
     */
    metadata: async () => {
      if (!known) return ask();
      if (now() >= known.until) ask().catch(() => undefined);
      return known.metadata;
    },
  };
}
