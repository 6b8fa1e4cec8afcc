/** How the caller presented the token; RFC 6750 and RFC 9449 name the schemes. */
export type AuthScheme = 'Bearer' | 'DPoP';

interface Details {
  /** Whether the answer carries `WWW-Authenticate`, and if it tells the error there. */
  readonly challenge?: 'none' | 'plain' | 'with error';
  /** The permission that would have sufficed. */
  readonly scope?: string;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** A failure of the resource server: what the body says, and what the challenge does. */
export class ApiError extends Error {
  readonly status: number;
  /** RFC 6750 section 3.1, RFC 9449 section 7.1, or a word of ours. */
  readonly code: string;
  /** The short text that clients of the "hello world" samples look for. */
  readonly summary: string;
  readonly details: Details;

  constructor(status: number, code: string, summary: string, description: string, details: Details) {
    super(description, { cause: details.cause });
    this.name = new.target.name;
    this.status = status;
    this.code = code;
    this.summary = summary;
    this.details = details;
  }
}

/** Thrown when a request carries no access token. The challenge then tells no error (RFC 6750 section 3.1). */
export class MissingTokenError extends ApiError {
  constructor() {
    const description = 'Send an access token: "Authorization: Bearer <token>"';
    super(401, 'unauthorized', 'Requires authentication', description, { challenge: 'plain' });
  }
}

/** Thrown when the Authorization header, or what comes with it, is not of the form that it must have. */
export class InvalidRequestError extends ApiError {
  constructor(description: string) {
    super(400, 'invalid_request', 'Requires authentication', description, { challenge: 'with error' });
  }
}

/** Thrown when an access token is not accepted. */
export class InvalidTokenError extends ApiError {
  constructor(description: string) {
    super(401, 'invalid_token', 'Bad credentials', description, { challenge: 'with error' });
  }
}

/** Thrown when a DPoP proof is not accepted (RFC 9449 section 7.1). */
export class InvalidProofError extends ApiError {
  constructor(description: string) {
    super(400, 'invalid_dpop_proof', 'Bad credentials', description, { challenge: 'with error' });
  }
}

/** Thrown when the token is good, but lacks the permission. */
export class InsufficientScopeError extends ApiError {
  constructor(scope: string) {
    const description = `The permission ${scope} is missing`;
    super(403, 'insufficient_scope', 'Permission denied', description, { challenge: 'with error', scope });
  }
}

/** Thrown when something that a decision needs is away; nothing is said against the token. */
export class UnavailableError extends ApiError {
  constructor(code: string, description: string, cause: unknown) {
    super(503, code, 'Unable to verify credentials', description, { retryAfterSeconds: 5, cause });
  }
}
