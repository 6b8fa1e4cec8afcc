/** How the caller presented the token; RFC 6750 and RFC 9449 name the schemes. */
export type AuthScheme = 'Bearer' | 'DPoP';

interface Kind {
  readonly status: number;
  /** The short text that clients of the "hello world" samples look for. */
  readonly summary: string;
  /** Whether the answer carries `WWW-Authenticate`, and if it tells the error there. */
  readonly challenge: 'none' | 'plain' | 'with error';
  readonly retryAfterSeconds?: number;
}

const REFUSED: Kind = { status: 401, summary: 'Bad credentials', challenge: 'with error' };
/** Something that a decision needs is away; nothing is said against the token. */
const AWAY: Kind = { status: 503, summary: 'Unable to verify credentials', challenge: 'none', retryAfterSeconds: 5 };

/** Every failure by its code: RFC 6750 section 3.1, RFC 9449 section 7.1, or a word of ours. */
const KINDS = {
  /** No access token at all. The challenge then tells no error (RFC 6750 section 3.1). */
  unauthorized: { status: 401, summary: 'Requires authentication', challenge: 'plain' },
  /** The Authorization header, or what comes with it, is not of the form that it must have. */
  invalid_request: { status: 400, summary: 'Requires authentication', challenge: 'with error' },
  invalid_token: REFUSED,
  invalid_dpop_proof: { ...REFUSED, status: 400 },
  /** The token is good, but lacks the permission. */
  insufficient_scope: { status: 403, summary: 'Permission denied', challenge: 'with error' },
  signing_key_unavailable: AWAY,
  proof_memory_unavailable: AWAY,
} satisfies Record<string, Kind>;

/** A failure of the resource server: what the body says, and what the challenge does. */
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
