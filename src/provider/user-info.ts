import type { RequestHandler } from 'express';
import { type CryptoKey, jwtVerify } from 'jose';
import type { Accounts } from './accounts.ts';
import { CLAIMS_BY_SCOPE, claimsOfNoScope } from './scopes.ts';

/**
 * UserInfo for access tokens of the API, as at Auth0; oidc-provider itself accepts only tokens without an audience.
 * All other tokens, including sender-constrained ones, are left to it.
 */
export function userInfoForApiTokens(issuer: string, key: CryptoKey, accounts: Accounts): RequestHandler {
  const verified = async (token: string) => {
    try {
      const { payload } = await jwtVerify(token, key, { issuer, audience: `${issuer}/me`, typ: 'at+jwt' });
      return payload['cnf'] === undefined ? payload : undefined;
    } catch {
      return undefined;
    }
  };
  return async (req, res, next) => {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(req.get('Authorization') ?? '')?.[1];
    const payload = token && (await verified(token));
    const account = payload && accounts.find(payload.sub ?? '');
    if (!account) return next();
    const names = String(payload['scope'])
      .split(' ')
      .flatMap((scope) => CLAIMS_BY_SCOPE[scope] ?? []);
    const claims = names.map((name) => [name, account.claims[name]] as const);
    res.json({ ...Object.fromEntries(claims), ...claimsOfNoScope(account.claims) });
  };
}
