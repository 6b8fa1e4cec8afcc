import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { TokenConfig } from '../config/token-config.ts';
import { createDiscovery } from '../oidc/discovery.ts';
import type { Logger } from '../platform/logger.ts';
import { createSigningKeys } from '../oidc/signing-keys.ts';
import { createAccessTokenReader } from './access-token.ts';
import { ApiError } from './errors.ts';
import { assertSuffices, type TokenNeeds } from './permissions.ts';
import type { ProofMemory } from './proof-replay.ts';
import { refuse } from './refusal.ts';
import type { TokenAuth } from './token-auth.ts';

/** What all guards of one configuration share: discovery, keys and the memory of DPoP proofs. */
export interface ResourceServer {
  /** Passes requests whose token suffices, with `req.auth`; answers all others. */
  guard(needs: TokenNeeds, log: Logger): RequestHandler;
  /** Fetches the provider's keys now. Rejects while it is away; the first request then tries again. */
  warm(): Promise<void>;
}

/** `now` is the clock of keys and discovery; tokens and proofs are always of the real time. */
export function createResourceServer(
  config: TokenConfig,
  { proofs, now = Date.now }: { readonly proofs: ProofMemory; readonly now?: () => number },
): ResourceServer {
  const discovery = createDiscovery(config.issuer, { now });
  const keys = createSigningKeys(discovery, { now });
  const read = createAccessTokenReader({ config, discovery, keys, proofs });
  // Two guards on the way of one request must not take its one proof for a replay.
  const known = new WeakMap<Request, TokenAuth>();

  async function admit(req: Request, res: Response, needs: TokenNeeds): Promise<void> {
    const auth = known.get(req) ?? (await read(req, res));
    known.set(req, auth);
    assertSuffices(auth, needs);
    req.auth = auth;
  }

  return {
    guard: (needs, log) => {
      async function handle(req: Request, res: Response, next: NextFunction): Promise<void> {
        try {
          await admit(req, res, needs);
        } catch (error) {
          if (!(error instanceof ApiError)) return next(error);
          note(log, res, error);
          return res.headersSent ? next(error) : refuse(req, res, error, config.dpop);
        }
        next();
      }
      // Express 4 would not see a rejection.
      return (req, res, next) => void handle(req, res, next).catch(next);
    },
    warm: async () => void (await keys.including(undefined)),
  };
}

function note(log: Logger, res: Response, { kind, code, message, cause }: ApiError): void {
  const requestId = res.get('X-Request-Id');
  const about = {
    ...(requestId && { request_id: requestId }),
    ...(cause instanceof Error && { err: cause }),
  };
  log[kind.status >= 500 ? 'error' : 'info'](about, `${code}: ${message}`);
}
