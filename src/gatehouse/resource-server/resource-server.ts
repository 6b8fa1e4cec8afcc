import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { TokenConfig } from '../config/token-config.ts';
import { createDiscovery } from '../oidc/discovery.ts';
import { createSigningKeys } from '../oidc/signing-keys.ts';
import type { Logger } from '../platform/logger.ts';
import { traceIdOf } from '../platform/request-id.ts';
import { accessTokenReader } from './access-token.ts';
import { schemeOf } from './credentials.ts';
import { ApiError, refuse } from './errors.ts';
import type { ProofMemory } from './proof-replay.ts';
import { assertSuffices, type TokenAuth, type TokenNeeds } from './token-auth.ts';

export type ResourceServer = ReturnType<typeof createResourceServer>;

/**
 * What all guards of one configuration share: discovery, keys and the memory of DPoP proofs. `now` is the clock of keys
 * and discovery; tokens and proofs always use the real time.
 */
export function createResourceServer(
  config: TokenConfig,
  { proofs, now = Date.now }: { readonly proofs: ProofMemory; readonly now?: () => number },
) {
  const discovery = createDiscovery(config.issuer, { now });
  const keys = createSigningKeys(discovery, { now });
  const read = accessTokenReader(config, discovery, keys, proofs);
  // Two guards of one request must not take its proof for a replay.
  const known = new WeakMap<Request, TokenAuth>();

  return {
    /** Passes requests whose token suffices, with `req.auth`; answers all others. */
    guard: (needs: TokenNeeds, log: Logger): RequestHandler => {
      async function handle(req: Request, res: Response, next: NextFunction): Promise<void> {
        try {
          const auth = known.get(req) ?? (await read(req, res));
          known.set(req, auth);
          assertSuffices(auth, needs);
          req.auth = auth;
        } catch (error) {
          if (!(error instanceof ApiError)) return next(error);
          note(log, res, error);
          return res.headersSent ? next(error) : refuse(res, error, config.dpop, schemeOf(req));
        }
        next();
      }
      // Express 4 would not see a rejection.
      return (req, res, next) => void handle(req, res, next).catch(next);
    },
    /** Fetches the provider's keys now. Rejects while it is away; the first request then tries again. */
    warm: async (): Promise<void> => void (await keys.including(undefined)),
  };
}

function note(log: Logger, res: Response, { kind, code, message, cause }: ApiError): void {
  const [request_id, trace_id] = [res.get('X-Request-Id'), traceIdOf(res.req)];
  const err = cause instanceof Error && { err: cause };
  const about = { ...(request_id && { request_id }), ...(trace_id && { trace_id }), ...err };
  log[kind.status >= 500 ? 'error' : 'info'](about, `${code}: ${message}`);
}
