import { AsyncLocalStorage } from 'node:async_hooks';
import * as oidc from 'openid-client';
import type { WebConfig } from '../config/web-config.ts';
import { withDeadline } from '../platform/deadline.ts';
import { type Discovery, PROVIDER_TIMEOUT_SECONDS } from '../platform/discovery.ts';
import { providerFault } from '../platform/provider-fault.ts';
import { clientAuth } from './client-authentication.ts';
import { ProviderUnavailableError } from './errors.ts';

/** How long a person waits to learn that the provider is away. */
const PATIENCE_MS = 2000;

/** The OpenID provider as this app's own code uses it, beside what the SDK does. */
export interface ProviderClient {
  /**
   * What openid-client needs for any call; a new one each time, the caller's to change.
   * @throws ProviderUnavailableError when the provider was never reached
   */
  configuration(): Promise<oidc.Configuration>;
  /** For the SDK: as `fetch`, but discovery is answered from our one copy. */
  readonly fetch: typeof fetch;
  /** Runs the SDK's part of a callback, within which `grantedScope` knows. */
  duringCallback<T>(work: () => T): T;
  /** The scope that came with the tokens of the login (RFC 6749 section 5.1); the SDK does not keep it. */
  grantedScope(): string | undefined;
}

export function createProviderClient(
  config: Pick<WebConfig, 'issuer' | 'clientId' | 'clientAuthentication'>,
  discovery: Discovery,
): ProviderClient {
  const authentication = clientAuth(config.clientAuthentication);
  const callbacks = new AsyncLocalStorage<{ scope?: string }>();

  async function metadata(): Promise<oidc.ServerMetadata> {
    try {
      return await withDeadline(discovery.metadata(), PATIENCE_MS);
    } catch (error) {
      const fault = providerFault(error);
      // A provider that was never heard of and stays silent is away.
      const isSilent = fault.kind === 'slow' || (error as Error).message.startsWith('no answer');
      throw new ProviderUnavailableError(error, isSilent ? { fault: { kind: 'away' } } : {});
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
      if (pathname.endsWith('/.well-known/openid-configuration')) return Response.json(await metadata());
      const response = await fetch(input, init);
      const callback = callbacks.getStore();
      if (callback) Object.assign(callback, await scopeIn(response.clone()));
      return response;
    },
    duringCallback: (work) => callbacks.run({}, work),
    grantedScope: () => callbacks.getStore()?.scope,
  };
}

async function scopeIn(response: Response): Promise<{ scope?: string }> {
  try {
    const { scope } = (await response.json()) as { scope?: unknown };
    return typeof scope === 'string' ? { scope } : {};
  } catch {
    return {};
  }
}
