import type { Request } from 'express';
import { CatalogueError, HOME } from '../errors/catalogue-error.ts';
import type { LoginDemand } from '../login/login-demand.ts';
import type { AskedOfLogin } from '../session/session-content.ts';
import { wasAskedFor } from '../tokens/token-vault.ts';
import type { TellingError } from './options.ts';
import type { DoorParts } from './parts.ts';

/** Thrown when a script or a JSON client asks for what needs a login, which browsers begin at `loginUrl`. */
export class LoginRequiredError extends CatalogueError {
  /** `stepUp`: the user is signed in, but not strongly or recently enough for the API. */
  constructor(loginUrl: string, { stepUp = false } = {}) {
    super(stepUp ? 'STEP_UP_REQUIRED' : 'LOGIN_REQUIRED', { action: { label: 'Sign in', href: loginUrl } });
  }
}

/** Thrown when only a new login helps: tokens can no longer be renewed, or an API demands more of the sign-in. */
export class LoginAgainError extends Error {
  readonly demand: LoginDemand;
  /** What the login was asked for, where that turned out to be too little. */
  readonly asked: AskedOfLogin | undefined;

  constructor(demand: LoginDemand, asked: AskedOfLogin | undefined) {
    super('a new login is needed');
    this.demand = demand;
    this.asked = asked;
  }
}

/** The signed-in user may not do this. A permission `ofApi` that no login of the session asked for can be asked for. */
export function permissionMissing(
  req: Request,
  { visits, links, config }: DoorParts,
  permission: string | undefined,
  { ofApi = false } = {},
): CatalogueError {
  const [user, content] = [visits.user(req), visits.session(req)?.content];
  const canAsk = ofApi && permission !== undefined && content && !wasAskedFor(permission, config.scopes, content);
  const reason = canAsk
    ? 'which this app has not asked for yet.'
    : 'which this account does not have. Somebody who manages the app can grant it; sign in again afterwards.';
  const account = user?.email ?? user?.name ?? 'this account';
  return new CatalogueError('PERMISSION_MISSING', {
    values: { permission: permission ?? 'of the API', account, reason },
    action: canAsk
      ? { label: 'Ask for this permission', href: links.login(links.pageOf(req), { scope: permission }) }
      : { label: 'Use another account', href: links.paths.logout },
  });
}

/** One of ours, or the host's own. */
type ToldError = CatalogueError | (TellingError & Required<Pick<TellingError, 'status' | 'code' | 'title'>>);

/** Any failure as an error that can be told. */
export function toldError(error: unknown): ToldError {
  const { status, code, title } = (error ?? {}) as Record<string, unknown>;
  if (error instanceof Error && typeof status === 'number') {
    if (typeof code === 'string' && typeof title === 'string') return error as ToldError;
    // Express and body parsers throw http-errors: a status, and whether it is the client's doing.
    if (status === 404) return new CatalogueError('NOT_FOUND', { action: HOME, cause: error });
    if (status >= 400 && status < 500) return new CatalogueError('BAD_REQUEST', { status, cause: error });
  }
  return new CatalogueError('INTERNAL_ERROR', { cause: error });
}

/**
 * What the log says of a cause and of its causes. Not the error objects themselves: those of OAuth libraries
 * carry parameters and whole responses, with codes and tokens in them.
 */
export function described(error: unknown): object | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, error: oauthError } = error as { code?: unknown; error?: unknown };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(typeof code === 'string' && { reason: code }),
    ...(typeof oauthError === 'string' && { oauthError }),
    ...(error.cause instanceof Error && { cause: described(error.cause) }),
  };
}
