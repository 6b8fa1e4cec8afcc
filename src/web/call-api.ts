import type { Request } from 'express';
import { currentUser } from '../auth/current-user.ts';
import { ProviderUnavailableError } from '../auth/errors.ts';
import type { AccessToken, AccessTokenOutcome } from '../tokens/access-tokens.ts';
import type { ApiPath } from './downstream-api.ts';
import {
  ApiUnavailableError,
  ApiUnreadableError,
  AudienceNotSetError,
  LoginAgainError,
  PermissionMissingError,
} from './errors.ts';
import type { Services } from './services.ts';

/** What a page shows of a call. */
export interface ApiCall {
  readonly token: AccessToken;
  readonly api: { readonly status: number; readonly body: unknown };
}

/**
 * Calls the API for the signed-in user. Where the API does not accept the token, it is refreshed once and the
 * call repeated once; what it answers then is the answer.
 * @throws AudienceNotSetError, LoginAgainError, ProviderUnavailableError, ApiUnavailableError,
 * ApiUnreadableError, PermissionMissingError
 */
export async function callApi(
  req: Request,
  { config, accessTokens, downstreamApi }: Services,
  path: ApiPath,
  options: { forceRefresh?: boolean; permission?: string } = {},
): Promise<ApiCall> {
  if (!config.audience) throw new AudienceNotSetError();

  const first = await accessTokens.get(req, { forceRefresh: options.forceRefresh ?? false });
  let token = tokenOf(first);
  let answer = await downstreamApi.get(path, token.value);
  if (answer.outcome === 'refused' && answer.status === 401 && !options.forceRefresh) {
    const second = await accessTokens.get(req, { forceRefresh: true });
    // Without a refresh token a login would bring the same kind of token, and so on without end.
    if (second.outcome !== 'no refresh token') {
      token = tokenOf(second);
      answer = await downstreamApi.get(path, token.value);
    }
  }
  switch (answer.outcome) {
    case 'unavailable':
      throw new ApiUnavailableError('away', answer.cause);
    case 'timed out':
      throw new ApiUnavailableError('slow');
    case 'unreadable':
      throw new ApiUnreadableError(answer.reason);
    case 'refused':
      if (answer.status === 403) {
        const user = currentUser(req);
        const permission = answer.permission ?? options.permission;
        throw new PermissionMissingError(permission, user?.email ?? user?.name ?? 'this account');
      }
      return { token, api: { status: answer.status, body: answer.body ?? null } };
    case 'answered':
      return { token, api: { status: answer.status, body: answer.body } };
  }
}

function tokenOf(got: AccessTokenOutcome): AccessToken {
  switch (got.outcome) {
    case 'token':
      return got.token;
    case 'no refresh token':
    case 'refused':
      throw new LoginAgainError();
    case 'unavailable':
      throw new ProviderUnavailableError(got.cause);
  }
}
