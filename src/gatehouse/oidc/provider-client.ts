import * as oidc from 'openid-client';
import type { DoorConfig } from '../config/door-config.ts';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { withDeadline } from '../platform/deadline.ts';
import { type Discovery, PROVIDER_TIMEOUT_SECONDS } from './discovery.ts';
import { fetchOnceMore, type Json, readingJson, tidyTokenAnswer, withoutChallenge } from './provider-fetch.ts';
import type { Logger } from '../platform/logger.ts';
import { providerFault, type ProviderFault, ProviderUnavailableError } from './provider-fault.ts';
import { basicCredentials, clientAuth } from './client-authentication.ts';

/** How long a person waits to learn that the provider is away. */
const PATIENCE_MS = 2000;

/** The outcome of a callback's token request; the SDK keeps only a part of it. */
export interface TokenReply {
  response?: Response;
  /** Its JSON, if any (RFC 6749 section 5.1). */
  body?: Json;
  /** Why there was no reply. */
  fault?: ProviderFault;
}

export type ProviderClient = ReturnType<typeof createProviderClient>;

/** The OpenID provider as our own code uses it, apart from the SDK. */
export function createProviderClient(
  config: Pick<DoorConfig, 'issuer' | 'clientId' | 'clientAuthentication'>,
  discovery: Discovery,
  log: Logger,
) {
  const authentication = clientAuth(config.clientAuthentication);

  /** A request of the SDK, with the client's proof as openid-client makes it. */
  function asWeProve(init: RequestInit = {}): RequestInit {
    const { clientId, clientAuthentication: ours } = config;
    const headers = new Headers(init.headers);
    if (ours.method !== 'client_secret_basic' || !headers.has('authorization')) return init;
    headers.set('authorization', basicCredentials(clientId, ours.secret));
    return { ...init, headers };
  }

  async function metadata(): Promise<oidc.ServerMetadata> {
    try {
      return await withDeadline(discovery.metadata(), PATIENCE_MS);
    } catch (error) {
      if (error instanceof CatalogueError) throw error;
      const fault = providerFault(error);
      // A provider that was never heard from and stays silent is away.
      const isSilent = fault.kind === 'slow' || (error as Error).message.startsWith('no answer');
      throw new ProviderUnavailableError(error, isSilent ? { fault: { kind: 'away' } } : {});
    }
  }

  return {
    /** What the provider says about itself. Callers may read it, not change it. @throws ProviderUnavailableError */
    metadata,
    /** What openid-client needs for a call: a new object, to be changed freely. @throws ProviderUnavailableError */
    configuration: async (): Promise<oidc.Configuration> => {
      const server = await metadata();
      const configuration = new oidc.Configuration(server, config.clientId, undefined, await authentication);
      configuration.timeout = PROVIDER_TIMEOUT_SECONDS;
      configuration[oidc.customFetch] = discovery.fetch as oidc.CustomFetch;
      if (config.issuer.startsWith('http:')) oidc.allowInsecureRequests(configuration);
      return configuration;
    },
    /**
     * For the SDK: like `fetch`, but discovery is answered from our one copy. Notes the response in `reply`, and
     * answers with what is already there.
     */
    fetch: async ([input, init]: Parameters<typeof fetch>, reply: TokenReply): Promise<Response> => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (pathname.endsWith('/.well-known/openid-configuration')) return Response.json(await metadata());
      if (reply.body) return Response.json(reply.body);
      const noteFault = (error: unknown) => (reply.fault = providerFault(error));
      try {
        const response = withoutChallenge(await fetchOnceMore(discovery.fetch, input, asWeProve(init)));
        reply.response = response;
        const read = (body: Json) => (reply.body = response.ok ? tidyTokenAnswer(body, log) : body);
        return readingJson(response, read, noteFault);
      } catch (error) {
        noteFault(error);
        throw error;
      }
    },
  };
}
