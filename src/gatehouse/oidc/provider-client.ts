import { AsyncLocalStorage } from 'node:async_hooks';
import { decodeProtectedHeader } from 'jose';
import * as oidc from 'openid-client';
import type { DoorConfig } from '../config/door-config.ts';
import { withDeadline } from '../platform/deadline.ts';
import { type Discovery, PROVIDER_TIMEOUT_SECONDS } from './discovery.ts';
import { providerFault, type ProviderFault, ProviderUnavailableError } from './provider-fault.ts';
import { clientAuth } from './client-authentication.ts';

/** How long a person waits to learn that the provider is away. */
const PATIENCE_MS = 2000;

/** What came of a callback's token request. */
export interface TokenReply {
  readonly response?: Response;
  /** The scope that came with the tokens (RFC 6749 section 5.1). */
  readonly scope?: string | undefined;
  /** How its ID token is signed, by its own word. */
  readonly idTokenAlgorithm?: string | undefined;
  /** There was no reply. */
  readonly fault?: ProviderFault;
}

export type ProviderClient = ReturnType<typeof createProviderClient>;

/** The OpenID provider as this app's own code uses it, beside what the SDK does. */
export function createProviderClient(
  config: Pick<DoorConfig, 'issuer' | 'clientId' | 'clientAuthentication'>,
  discovery: Discovery,
) {
  const authentication = clientAuth(config.clientAuthentication);
  const callbacks = new AsyncLocalStorage<{ reply?: TokenReply }>();

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
    /**
     * What openid-client needs for any call; a new one each time, the caller's to change.
     * @throws ProviderUnavailableError when the provider was never reached
     */
    configuration: async (): Promise<oidc.Configuration> => {
      const server = await metadata();
      const configuration = new oidc.Configuration(server, config.clientId, undefined, await authentication);
      configuration.timeout = PROVIDER_TIMEOUT_SECONDS;
      if (config.issuer.startsWith('http:')) oidc.allowInsecureRequests(configuration);
      return configuration;
    },
    /** For the SDK: as `fetch`, but discovery is answered from our one copy. */
    fetch: async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (pathname.endsWith('/.well-known/openid-configuration')) return Response.json(await metadata());
      const callback = callbacks.getStore() ?? {};
      try {
        const response = await fetch(input, init);
        // Read once, and handed on as it came: a clone costs more than all the rest.
        const text = await response.text();
        callback.reply = { response, ...readReply(text) };
        return new Response(text || null, { status: response.status, headers: response.headers });
      } catch (error) {
        callback.reply = { fault: providerFault(error) };
        throw error;
      }
    },
    /** Runs the SDK's part of a callback, within which `tokenReply` knows. */
    duringCallback: <T>(work: () => T): T => callbacks.run({}, work),
    /** What the token endpoint replied to this callback; the SDK keeps only a part of it. */
    tokenReply: () => callbacks.getStore()?.reply,
  };
}

function readReply(text: string): TokenReply {
  try {
    const { scope, id_token } = JSON.parse(text) as { scope?: unknown; id_token?: unknown };
    const { alg } = typeof id_token === 'string' ? decodeProtectedHeader(id_token) : {};
    return { scope: typeof scope === 'string' ? scope : undefined, idTokenAlgorithm: alg };
  } catch {
    return {};
  }
}
