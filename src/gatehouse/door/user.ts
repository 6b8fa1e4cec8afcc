import type { Request } from 'express';

/** Claims about the signed-in user. */
export type Claims = { readonly sub: string } & Readonly<Record<string, unknown>>;

/** What the pages say about a person in words. */
export interface CurrentUser {
  readonly claims: Claims;
  /** The best name there is: name, nickname, e-mail, or the subject. */
  readonly name: string;
  readonly email: string | undefined;
  /** Address of the profile picture; only http(s). */
  readonly picture: string | undefined;
}

/** The signed-in user of a request, or undefined: the ID token's claims, completed from UserInfo at login. */
export function currentUser(req: Request): CurrentUser | undefined {
  // A request that fails early, before the session was read, has no `oidc` at all.
  const idTokenClaims = req.oidc?.isAuthenticated() ? req.oidc.idTokenClaims : undefined;
  if (!idTokenClaims) return undefined;
  const claims: Claims = { ...req.appSession?.userinfo, ...idTokenClaims };
  const picture = text(claims['picture']);
  return {
    claims,
    name:
      text(claims['name']) ??
      text(claims['nickname']) ??
      text(claims['preferred_username']) ??
      text(claims['email']) ??
      claims.sub,
    email: text(claims['email']),
    picture: picture && /^https?:\/\//.test(picture) ? picture : undefined,
  };
}

function text(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim.trim() !== '' ? claim : undefined;
}
