import type { AccessToken } from '#gatehouse';
import type { Request } from 'express';
import type { AppParts } from './app-parts.ts';
import type { ApiOutcome, ApiPath } from './downstream-api.ts';
import { AppError, HOME, RefusedByApiError } from './errors.ts';

/** What a page shows of a call. */
export interface ApiCall {
  readonly token: AccessToken;
  readonly api: { readonly status: number; readonly body: unknown };
}

/**
 * Calls the API for the signed-in user. Where the API does not accept the token, it is refreshed once and the call
 * repeated once; the second answer counts.
 * @throws AppError, RefusedByApiError, and what `door.accessToken` throws
 */
export async function callApi(
  req: Request,
  { config, door, api }: AppParts,
  path: ApiPath,
  { forceRefresh = false, permission }: { forceRefresh?: boolean; permission?: string } = {},
): Promise<ApiCall> {
  if (!config.audience) throw new AppError('AUDIENCE_NOT_SET', { action: HOME });

  let token = await door.accessToken(req, { forceRefresh });
  let answer = await api.get(path, token.value, req);
  if (isTokenRefused(answer) && !forceRefresh && token.isRenewable) {
    const newer = await door.accessToken(req, { forceRefresh: true }).catch((error: Error & { code?: string }) => {
      // If an API refuses every token, show its answer, however often somebody looks.
      if (error.code !== 'REFRESHED_TOO_OFTEN') throw error;
    });
    if (newer) {
      token = newer;
      answer = await api.get(path, token.value, req);
    }
  }
  switch (answer.outcome) {
    case 'unavailable':
      throw new AppError('API_UNAVAILABLE', { cause: answer.cause });
    case 'timed out':
      throw new AppError('API_TIMEOUT');
    case 'unreadable':
      throw new AppError('API_UNREADABLE', { cause: new Error(answer.reason) });
    case 'refused':
      if (!isTokenRefused(answer)) throw new RefusedByApiError(answer.challenge, permission);
      return { token, api: { status: answer.status, body: answer.body ?? null } };
    case 'answered':
      return { token, api: { status: answer.status, body: answer.body } };
  }
}

/** Whether the API rejects the token. Too weak a sign-in (RFC 9470) is another matter. */
function isTokenRefused(answer: ApiOutcome): boolean {
  return (
    answer.outcome === 'refused' &&
    answer.status === 401 &&
    !answer.challenge.includes('insufficient_user_authentication')
  );
}
