import { decodeProtectedHeader, type JWTPayload } from 'jose';
import { isAsymmetric } from './signing-algorithms.ts';
import { isFlawOfToken, LEEWAY_SECONDS, type VerificationParts, verifyJwt } from './verify-jwt.ts';

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Real providers leave `exp` out: such a token is good for this long after its `iat`. */
const MAX_AGE_SECONDS = 300;
/** Redis refuses absurd lifetimes, and an `exp` may be any number. */
const MAX_REMEMBER_SECONDS = 365 * 24 * 60 * 60;

/** Thrown when a logout token is not accepted. The message says which rule it breaks. */
export class InvalidLogoutTokenError extends Error {}

/** The claims that RULES let through. */
type LogoutClaims = JWTPayload & { readonly sid?: string; readonly jti: string };

/** What a logout token asks for. */
export type LogoutToken = Awaited<ReturnType<typeof verifyLogoutToken>>;

/**
 * Checks a logout token by every rule of OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6.
 * @throws InvalidLogoutTokenError, ProviderUnavailableError where its keys were never learnt
 */
export async function verifyLogoutToken(token: string, parts: VerificationParts) {
  const payload = await verifiedPayload(token, parts);
  const now = Math.floor(Date.now() / 1000);
  for (const [isBroken, rule] of RULES) if (isBroken(payload, now)) throw new InvalidLogoutTokenError(rule);
  const { sub, sid, jti, iat = now, exp = iat + MAX_AGE_SECONDS } = payload as LogoutClaims;
  // A NumericDate may have a fraction (RFC 7519 section 2), a lifetime in Redis may not.
  const secondsLeft = Math.ceil(Math.max(1, exp - now));
  /** For how long the token could be presented again. */
  const rememberSeconds = Math.min(secondsLeft + 2 * LEEWAY_SECONDS, MAX_REMEMBER_SECONDS);
  return { sub, sid, jti, rememberSeconds };
}

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isAbsentOrText = (value: unknown) => value === undefined || isText(value);

const RULES: readonly (readonly [isBroken: (payload: JWTPayload, now: number) => boolean, rule: string])[] = [
  [({ iat }) => typeof iat !== 'number', 'iat is missing'],
  [({ iat = 0 }, now) => iat > now + LEEWAY_SECONDS, 'iat is in the future'],
  [({ iat = 0, exp }, now) => !exp && iat < now - MAX_AGE_SECONDS, 'there is no exp, and iat is too long ago'],
  [({ jti }) => !isText(jti), 'jti is missing'],
  [({ sub }) => !isAbsentOrText(sub), 'sub is no text'],
  [({ sid }) => !isAbsentOrText(sid), 'sid is no text'],
  [({ sub, sid }) => sub === undefined && sid === undefined, 'there is neither sub nor sid'],
  [({ events }) => !isLogoutEvent(events), 'events does not say that this is a logout'],
  [({ nonce }) => nonce !== undefined, 'there is a nonce, so this is no logout token'],
];

function isLogoutEvent(events: unknown): boolean {
  const event = ((events ?? {}) as Record<string, unknown>)[LOGOUT_EVENT];
  return typeof event === 'object' && event !== null && !Array.isArray(event);
}

/** The key id of a token whose header is that of a logout token. Checked first: others cost no key lookup. */
function keyIdOf(token: string): string | undefined {
  const { alg = '', typ = 'JWT', kid } = decodeProtectedHeader(token);
  if (!isAsymmetric(alg)) throw new InvalidLogoutTokenError('alg is none of the provider’s keys');
  if (!/^(application\/)?(jwt|logout\+jwt)$/i.test(typ)) {
    throw new InvalidLogoutTokenError('typ is none of a logout token');
  }
  return kid;
}

/** Signature, issuer, audience, type and times. */
async function verifiedPayload(token: string, parts: VerificationParts): Promise<JWTPayload> {
  try {
    const jwks = await parts.keys.including(keyIdOf(token));
    return await verifyJwt(token, jwks, parts, { audience: parts.config.clientId });
  } catch (error) {
    if (!isFlawOfToken(error)) throw error;
    // RFC 6749 section 5.2: no quotation marks in an error_description.
    throw new InvalidLogoutTokenError(error.message.replaceAll('"', ''));
  }
}
