/** How the caller presented the token; RFC 6750 and RFC 9449 name the schemes. */
export type AuthScheme = 'Bearer' | 'DPoP';

/** A failure of the resource server: what the body says, and what the challenge does. */
export class ApiError extends Error {
  readonly status: number;
  /** RFC 6750 section 3.1, RFC 9449 section 7.1, or a word of ours. */
  readonly code: string;
  /** The short text that clients of the "hello world" samples look for. */
  readonly summary: string;
  /** Whether the answer carries `WWW-Authenticate`, and if it tells the error there. */
  readonly challenge: 'none' | 'plain' | 'with error';
  /** Permissions that would have sufficed. */
  readonly scope: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(failure: {
    status: number;
    code: string;
    summary: string;
    description: string;
    challenge?: ApiError['challenge'];
    scope?: string;
    retryAfterSeconds?: number;
    cause?: unknown;
  }) {
    super(failure.description, { cause: failure.cause });
    this.name = new.target.name;
    this.status = failure.status;
    this.code = failure.code;
    this.summary = failure.summary;
    this.challenge = failure.challenge ?? 'none';
    this.scope = failure.scope;
    this.retryAfterSeconds = failure.retryAfterSeconds;
  }
}

/** Thrown when a request carries no access token. The challenge then tells no error (RFC 6750 section 3.1). */
export class MissingTokenError extends ApiError {
  constructor() {
    super({
      status: 401,
      code: 'unauthorized',
      summary: 'Requires authentication',
      description: 'Send an access token: "Authorization: Bearer <token>"',
      challenge: 'plain',
    });
  }
}

/** Thrown when the Authorization header, or what comes with it, is not of the form that it must have. */
export class InvalidRequestError extends ApiError {
  constructor(description: string) {
    super({
      status: 400,
      code: 'invalid_request',
      summary: 'Requires authentication',
      description,
      challenge: 'with error',
    });
  }
}

/** Thrown when an access token is not accepted. */
export class InvalidTokenError extends ApiError {
  constructor(description: string) {
    super({
      status: 401,
      code: 'invalid_token',
      summary: 'Bad credentials',
      description,
      challenge: 'with error',
    });
  }
}

/** Thrown when a DPoP proof is not accepted (RFC 9449 section 7.1). */
export class InvalidProofError extends ApiError {
  constructor(description: string) {
    super({
      status: 400,
      code: 'invalid_dpop_proof',
      summary: 'Bad credentials',
      description,
      challenge: 'with error',
    });
  }
}

/** Thrown when the token is good, but lacks the permission. */
export class InsufficientScopeError extends ApiError {
  constructor(permission: string) {
    super({
      status: 403,
      code: 'insufficient_scope',
      summary: 'Permission denied',
      description: `The permission ${permission} is missing`,
      challenge: 'with error',
      scope: permission,
    });
  }
}

/** Thrown when something that a decision needs is away; nothing is said against the token. */
export class UnavailableError extends ApiError {
  constructor(code: string, description: string, cause: unknown) {
    super({
      status: 503,
      code,
      summary: 'Unable to verify credentials',
      description,
      retryAfterSeconds: 5,
      cause,
    });
  }
}
