import * as oidc from 'openid-client';
import type { WebConfig } from '../config/web-config.ts';
import { clientAuth } from './client-authentication.ts';
import { ProviderUnavailableError } from './errors.ts';

const DISCOVERY_MAX_AGE_MS = 10 * 60_000;
/** How long one request to the provider may take. */
export const PROVIDER_TIMEOUT_SECONDS = 5;

/** The OpenID provider as this app's own code uses it, beside what the SDK does. */
export interface ProviderClient {
  /**
   * The provider's addresses and keys (OpenID Connect Discovery 1.0), kept 10 minutes, and longer for as long
   * as the provider is away. @throws ProviderUnavailableError when they were never learnt.
   */
  configuration(): Promise<oidc.Configuration>;
  /** For the SDK: as `fetch`, but discovery is answered from the one copy above. */
  readonly fetch: typeof fetch;
}

export function createProviderClient(
  config: Pick<WebConfig, 'issuer' | 'clientId' | 'clientAuthentication'>,
  { now = Date.now }: { now?: () => number } = {},
): ProviderClient {
  let known: { configuration: oidc.Configuration; until: number } | undefined;
  let asking: Promise<oidc.Configuration> | undefined;

  async function discover(): Promise<oidc.Configuration> {
    const configuration = await oidc.discovery(
      new URL(config.issuer),
      config.clientId,
      undefined,
      await clientAuth(config.clientAuthentication),
      {
        timeout: PROVIDER_TIMEOUT_SECONDS,
        execute: config.issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
      },
    );
    known = { configuration, until: now() + DISCOVERY_MAX_AGE_MS };
    return configuration;
  }

  async function configuration(): Promise<oidc.Configuration> {
    if (known && now() < known.until) return known.configuration;
    asking ??= discover().finally(() => {
      asking = undefined;
    });
    try {
      return await asking;
    } catch (error) {
      if (known) return known.configuration;
      throw new ProviderUnavailableError(error);
    }
  }

  return {
    configuration,
    fetch: async (input, init) => {
      const isDiscovery = String(input).endsWith('/.well-known/openid-configuration');
      return isDiscovery ? Response.json((await configuration()).serverMetadata()) : fetch(input, init);
    },
  };
}
