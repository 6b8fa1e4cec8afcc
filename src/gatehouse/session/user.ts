import type { Claims } from './session-content.ts';

/** Who is signed in, by the claims of OpenID Connect Core 1.0 section 5.1. */
export interface User {
  /** The provider's name for the person; it stays the same (section 5.7). The key for your own tables. */
  readonly sub: string;
  /** The best name available: name, nickname, preferred user name, e-mail, or the subject. */
  readonly name: string;
  /** As the provider says it; `claims.email_verified` tells whether it was checked. */
  readonly email?: string;
  /** Address of the profile picture; only http(s). */
  readonly picture?: string;
  /** All that the ID token says, completed from UserInfo at login. */
  readonly claims: Claims;
}

/** Who asks: signed in, nobody, signed out by somebody else, or `unknown` where sessions cannot be read. */
export type Standing = 'signed in' | 'anonymous' | 'signed out elsewhere' | 'unknown';

export function userOf(claims: Claims): User {
  const { sub } = claims;
  const [email, picture] = [text(claims['email']), text(claims['picture'])];
  const names = ['name', 'nickname', 'preferred_username', 'email'].map((claim) => text(claims[claim]));
  return {
    sub,
    name: names.find((name) => name !== undefined) ?? sub,
    ...(email !== undefined && { email }),
    ...(picture !== undefined && /^https?:\/\//.test(picture) && { picture }),
    claims,
  };
}

function text(claim: unknown): string | undefined {
  return typeof claim === 'string' && /\S/.test(claim) ? claim : undefined;
}
