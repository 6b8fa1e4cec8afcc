import { json, Router } from 'express';
import type { AccountClaims, Provider } from 'oidc-provider';
import type { Accounts } from './accounts.ts';
import { USERS_PATH } from './paths.ts';
import { claimsOfNoScope } from './scopes.ts';

/**
 * Makes a user of the claims that are posted there, with `sub` among them, and answers with what its sign-in page takes
 * once. Pages of other sites cannot post to it: JSON from them would need leave, which nobody gives.
 */
export function userRoutes(accounts: Accounts, issuer: string): Router {
  const router = Router();
  router.post(USERS_PATH, json({ limit: '1mb' }), (req, res) => {
    // Nor may a name that somebody else has pointed at this machine.
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

/** The class by which oidc-provider picks the claims of an ID token, and of UserInfo. */
interface ClaimsMask {
  readonly available: AccountClaims;
  result: (this: ClaimsMask) => Promise<Record<string, unknown>>;
}

/** Lets claims through that come with no scope. oidc-provider has no option for claims that nobody knows at its start. */
export function tellClaimsOfNoScope(provider: Provider): void {
  const { prototype } = (provider as unknown as { Claims: { prototype: ClaimsMask } }).Claims;
  const { result } = prototype;
  prototype.result = async function () {
    return { ...(await result.call(this)), ...claimsOfNoScope(this.available) };
  };
}
