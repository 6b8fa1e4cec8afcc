import type { Request } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { ProviderUnavailableError } from '../oidc/provider-unavailable.ts';
import type { AccessToken, AccessTokenRequest } from '../tokens/access-token.ts';
import { HOME, LoginAgainError, LoginRequiredError, permissionMissing } from './failures.ts';
import type { DoorParts } from './parts.ts';

/**
 * An access token of the signed-in user: every other outcome is thrown, as what its page should be.
 * @throws LoginAgainError, LoginRequiredError, ProviderUnavailableError, SessionStoreUnavailableError, CatalogueError
 * AUDIENCE_NOT_GRANTED or PERMISSION_MISSING
 */
export async function accessTokenOf(
  req: Request,
  parts: DoorParts,
  request: AccessTokenRequest = {},
): Promise<AccessToken> {
  const { visits, accessTokens, sessions, links } = parts;
  const session = visits.session(req);
  if (!session) throw new LoginRequiredError(links.login(links.pageOf(req)));
  const { asked } = session.content;
  // A forced one takes the place of one that the API has refused: what a login did not mend, another will not, either.
  const before = request.forceRefresh ? asked : undefined;
  const got = await accessTokens.get(session, request);
  switch (got.outcome) {
    case 'token':
      return got.token;
    case 'refused': {
      const { res } = visits.of(req);
      if (!res.headersSent) sessions.forget(req, res);
      throw new LoginAgainError({}, before);
    }
    case 'no refresh token':
      throw new LoginAgainError({}, before);
    case 'interaction needed':
      throw new LoginAgainError({ prompt: 'login' }, asked);
    case 'unavailable':
      throw new ProviderUnavailableError(got.cause, { fault: got.fault });
    case 'audience not granted':
      throw new CatalogueError('AUDIENCE_NOT_GRANTED', { values: { audience: got.audience }, action: HOME });
    case 'scope not granted':
      throw permissionMissing(req, parts, got.scope, { ofApi: true });
  }
}
