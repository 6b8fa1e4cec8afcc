import type { Request } from 'express';
import { currentUser } from '../gatehouse/door/user.ts';
import { ProviderUnavailableError } from '../gatehouse/login/errors.ts';
import { loginUrl } from '../gatehouse/login/login.ts';
import { isGoingRound } from '../gatehouse/login/login-demand.ts';
import { AppError } from '../gatehouse/errors/app-error.ts';
import type { AccessToken, AccessTokenRequest } from '../gatehouse/tokens/access-tokens.ts';
import { wasAskedFor } from '../gatehouse/tokens/token-vault.ts';
import { pageOf } from './access.ts';
import type { ApiOutcome, ApiPath } from './downstream-api.ts';
import { HOME, LoginAgainError, permissionMissing } from './errors.ts';
import type { Services } from './services.ts';

/** What a page shows of a call. */
export interface ApiCall {
  readonly token: AccessToken;
  readonly api: { readonly status: number; readonly body: unknown };
}

/**
 * Calls the API for the signed-in user. Where the API does not accept the token, it is refreshed once and the
 * call repeated once; what it answers then is the answer.
 * @throws AppError AUDIENCE_NOT_SET, API_UNAVAILABLE, API_TIMEOUT, API_UNREADABLE, PERMISSION_MISSING, and what
 * `demandAccessToken` throws
 */
export async function callApi(
  req: Request,
  services: Services,
  path: ApiPath,
  { forceRefresh = false, permission }: { forceRefresh?: boolean; permission?: string } = {},
): Promise<ApiCall> {
  const { config, downstreamApi } = services;
  if (!config.audience) throw new AppError('AUDIENCE_NOT_SET', { action: HOME });

  let token = await demandAccessToken(req, services, { forceRefresh });
  let answer = await downstreamApi.get(path, token.value);
  if (isRefused(answer) && !forceRefresh && req.appSession?.refresh_token) {
    token = await demandAnother(req, services);
    answer = await downstreamApi.get(path, token.value);
  }
  switch (answer.outcome) {
    case 'unavailable':
      throw new AppError('API_UNAVAILABLE', { cause: answer.cause });
    case 'timed out':
      throw new AppError('API_TIMEOUT');
    case 'unreadable':
      throw new AppError('API_UNREADABLE', { cause: new Error(answer.reason) });
    case 'refused':
      if (answer.demand) throw new LoginAgainError(answer.demand);
      if (answer.status === 403) throw missing(req, services, answer.permission ?? permission);
      return { token, api: { status: answer.status, body: answer.body ?? null } };
    case 'answered':
      return { token, api: { status: answer.status, body: answer.body } };
  }
}

/** A token in the place of one that the API refused. A login that was made for that already is not made again. */
async function demandAnother(req: Request, services: Services): Promise<AccessToken> {
  const { asked } = req.appSession ?? {};
  try {
    return await demandAccessToken(req, services, { forceRefresh: true });
  } catch (error) {
    const isLoop = error instanceof LoginAgainError && isGoingRound(asked, Date.now() / 1000);
    throw isLoop ? new LoginAgainError(error.demand, { isGoingRound: true }) : error;
  }
}

/** A token that the API does not take; one that it takes, from a user who signed in too weakly, is another matter. */
function isRefused(answer: ApiOutcome): boolean {
  return answer.outcome === 'refused' && answer.status === 401 && !answer.demand;
}

/**
 * An access token of the signed-in user, for a route: every other outcome is thrown, as what its page should be.
 * @throws LoginAgainError, ProviderUnavailableError, SessionStoreUnavailableError, AppError AUDIENCE_NOT_GRANTED or
 * PERMISSION_MISSING
 */
export async function demandAccessToken(
  req: Request,
  services: Services,
  request: AccessTokenRequest = {},
): Promise<AccessToken> {
  const got = await services.accessTokens.get(req, request);
  switch (got.outcome) {
    case 'token':
      return got.token;
    case 'no refresh token':
    case 'refused':
      throw new LoginAgainError();
    case 'interaction needed':
      throw new LoginAgainError({ prompt: 'login' });
    case 'unavailable':
      throw new ProviderUnavailableError(got.cause, { fault: got.fault });
    case 'audience not granted':
      throw new AppError('AUDIENCE_NOT_GRANTED', { values: { audience: got.audience }, action: HOME });
    case 'scope not granted':
      throw missing(req, services, got.scope);
  }
}

function missing(req: Request, { config }: Services, permission: string | undefined): AppError {
  const user = currentUser(req);
  const askUrl =
    permission !== undefined && !wasAskedFor(permission, config.scopes, req.appSession ?? {})
      ? loginUrl(pageOf(req), { scope: permission })
      : undefined;
  return permissionMissing(permission, user?.email ?? user?.name ?? 'this account', askUrl);
}
