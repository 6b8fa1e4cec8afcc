import * as oidc from 'openid-client';
import type { WebConfig } from '../config/web-config.ts';
import { type Discovery, PROVIDER_TIMEOUT_SECONDS } from '../platform/discovery.ts';
import { clientAuth } from './client-authentication.ts';
import { ProviderUnavailableError } from './errors.ts';

/** The OpenID provider as this app's own code uses it, beside what the SDK does. */
export interface ProviderClient {
  /** What openid-client needs for any call. @throws ProviderUnavailableError when the provider was never reached */
  configuration(): Promise<oidc.Configuration>;
  /** For the SDK: as `fetch`, but discovery is answered from our one copy. */
  readonly fetch: typeof fetch;
}

export function createProviderClient(
  config: Pick<WebConfig, 'issuer' | 'clientId' | 'clientAuthentication'>,
  discovery: Discovery,
): ProviderClient {
  const authentication = clientAuth(config.clientAuthentication);

  async function metadata(): Promise<oidc.ServerMetadata> {
    try {
      return await discovery.metadata();
    } catch (error) {
      throw new ProviderUnavailableError(error);
    }
  }

  return {
    configuration: async () => {
      const server = await metadata();
      const configuration = new oidc.Configuration(server, config.clientId, undefined, await authentication);
      configuration.timeout = PROVIDER_TIMEOUT_SECONDS;
      if (config.issuer.startsWith('http:')) oidc.allowInsecureRequests(configuration);
      return configuration;
    },
    fetch: async (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      const isDiscovery = pathname.endsWith('/.well-known/openid-configuration');
      return isDiscovery ? Response.json(await metadata()) : fetch(input, init);
    },
  };
}
