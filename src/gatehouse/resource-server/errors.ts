import type { Response } from 'express';
import type { TokenConfig } from '../config/token-config.ts';

/** How the caller presented the token; RFC 6750 and RFC 9449 name the schemes. */
export type AuthScheme = 'Bearer' | 'DPoP';

interface Kind {
  readonly status: number;
  /** The short text that clients of the "hello world" samples look for. */
  readonly summary: string;
  /** Whether the answer carries `WWW-Authenticate`, and whether that tells the error. */
  readonly challenge: 'none' | 'plain' | 'with error';
  readonly retryAfterSeconds?: number;
}

const REFUSED: Kind = { status: 401, summary: 'Bad credentials', challenge: 'with error' };
/** Something needed to decide is away; nothing is wrong with the token. */
const AWAY: Kind = { status: 503, summary: 'Unable to verify credentials', challenge: 'none', retryAfterSeconds: 5 };

/** Every failure by its code: RFC 6750 section 3.1, RFC 9449 section 7.1, or one of ours. */
const KINDS = {
  /** No access token at all. The challenge then tells no error (RFC 6750 section 3.1). */
  unauthorized: { status: 401, summary: 'Requires authentication', challenge: 'plain' },
  /** The Authorization header, or what comes with it, is malformed. */
  invalid_request: { status: 400, summary: 'Requires authentication', challenge: 'with error' },
  invalid_token: REFUSED,
  invalid_dpop_proof: { ...REFUSED, status: 400 },
  /** The token is good, but lacks the permission. */
  insufficient_scope: { status: 403, summary: 'Permission denied', challenge: 'with error' },
  signing_key_unavailable: AWAY,
  proof_memory_unavailable: AWAY,
} satisfies Record<string, Kind>;

/** A failure of the resource server: what the body and the challenge say. */
export class ApiError extends Error {
  readonly code: keyof typeof KINDS;
  readonly kind: Kind;
  /** The permission that would have sufficed. */
  readonly scope: string | undefined;

  constructor(code: ApiError['code'], description: string, { scope, cause }: { scope?: string; cause?: unknown } = {}) {
    super(description, { cause });
    this.name = 'ApiError';
    this.code = code;
    this.kind = KINDS[code];
    this.scope = scope;
  }
}

/** The proof algorithms that express-oauth2-jwt-bearer accepts. */
const DPOP_ALGS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES256K ES384 ES512 EdDSA';

const ACCEPTED: Record<TokenConfig['dpop'], readonly AuthScheme[]> = {
  allowed: ['Bearer', 'DPoP'],
  required: ['DPoP'],
  disabled: ['Bearer'],
};

/** Answers with `error`, `error_description` and `message`, and the challenges for a caller of scheme `used`. */
export function refuse(res: Response, failure: ApiError, dpop: TokenConfig['dpop'], used: AuthScheme = 'Bearer'): void {
  const { status, summary, challenge, retryAfterSeconds } = failure.kind;
  res.status(status).set('Cache-Control', 'no-store');
  if (challenge !== 'none') res.set('WWW-Authenticate', challenges(failure, ACCEPTED[dpop], used));
  if (retryAfterSeconds !== undefined) res.set('Retry-After', String(retryAfterSeconds));
  res.json({ error: failure.code, error_description: failure.message, message: summary });
}

/** One challenge per scheme; the caller's has the error (RFC 6750 section 3, RFC 9449 section 7.1). */
function challenges({ code, message, scope, kind }: ApiError, accepted: readonly AuthScheme[], used: AuthScheme) {
  const blamed = accepted.includes(used) ? used : accepted[0];
  return accepted
    .map((scheme) => {
      const told = kind.challenge === 'with error' && scheme === blamed;
      const parameters = {
        ...(scheme === 'Bearer' ? { realm: 'api' } : { algs: DPOP_ALGS }),
        ...(told && { error: code, error_description: message }),
        ...(told && scope !== undefined && { scope }),
      };
      return `${scheme} ${Object.entries(parameters).map(quoted).join(', ')}`;
    })
    .join(', ');
}

/** `name="value"`; only characters that RFC 6750 section 3 allows in a description. */
function quoted([name, value]: [string, string]): string {
  return `${name}="${value.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '?')}"`;
}
