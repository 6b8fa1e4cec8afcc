import { json, Router } from 'express';
import type { AccountClaims, Provider } from 'oidc-provider';
import type { Accounts } from './accounts.ts';
import { USERS_PATH } from './paths.ts';
import { claimsOfNoScope } from './scopes.ts';

/**
 * Makes a user of the posted claims, which include `sub`, and answers with credentials that the sign-in page accepts
 * once. Pages of other sites cannot post here: browsers would need our permission (CORS) to send their JSON.
 */
export function userRoutes(accounts: Accounts, issuer: string): Router {
  const router = Router();
  router.post(USERS_PATH, json({ limit: '1mb' }), (req, res) => {
    // Pages must not get in by a host name that their owner has pointed at this machine (DNS rebinding), either.
    const isOurs = req.get('host') === new URL(issuer).host;
    const { sub, ...claims } = (req.body ?? {}) as Record<string, unknown>;
    if (!isOurs || typeof sub !== 'string' || sub === '') {
      res.status(400).json({ error: isOurs ? 'a user has a sub, which is a text and not empty' : 'not this host' });
      return;
    }
    res.status(201).json({ username: sub, password: accounts.admit({ ...claims, sub }) });
  });
  return router;
}

/** The class with which oidc-provider picks the claims of ID tokens and of UserInfo. */
interface ClaimsMask {
  readonly available: AccountClaims;
  result: (this: ClaimsMask) => Promise<Record<string, unknown>>;
}

/** Lets claims of no scope through. oidc-provider has no option for claims that are unknown when it starts. */
export function tellClaimsOfNoScope(provider: Provider): void {
  const { prototype } = (provider as unknown as { Claims: { prototype: ClaimsMask } }).Claims;
  const { result } = prototype;
  prototype.result = async function () {
    return { ...(await result.call(this)), ...claimsOfNoScope(this.available) };
  };
}
