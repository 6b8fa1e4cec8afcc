import type { Request, Response } from 'express';
import { InvalidLogoutTokenError, type LogoutToken, verifyLogoutToken } from '../oidc/logout-token.ts';
import { requestIdOf, tellFailure } from './errors.ts';
import { readForm } from './own-pages.ts';
import type { DoorParts } from './parts.ts';

/**
 * `POST /backchannel-logout`: the provider ends sessions (OpenID Connect Back-Channel Logout 1.0). It has no cookie, and
 * no page of ours sent it. Whatever fails is told as JSON, whatever the provider says that it takes.
 */
export async function backChannelLogout(req: Request, res: Response, parts: DoorParts): Promise<void> {
  try {
    const { logout_token: token } = await readForm(req, res);
    if (typeof token !== 'string') throw new InvalidLogoutTokenError('logout_token is missing');
    await endOnce(await verifyLogoutToken(token, parts), parts);
    res.status(204).end();
  } catch (error) {
    const message = refusalOf(error);
    if (message === undefined) return tellFailure(error, req, res, parts, { forPrograms: true });
    const request_id = requestIdOf(req, res);
    parts.log.warn({ request_id, reason: message }, 'logout token refused');
    // Section 2.8: whatever is wrong with the request is a 400, also what the form's parser would call 413 or 415.
    res.status(400).json({ error: 'invalid_request', error_description: message, message, request_id });
  }
}

/** What is wrong with the request; undefined where it is not the request. */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof InvalidLogoutTokenError) return error.message;
  // Body parsers throw http-errors.
  const { status, expose } = error as { status?: unknown; expose?: unknown };
  const isUnreadable = expose === true && typeof status === 'number' && status < 500;
  return isUnreadable ? 'the form cannot be read' : undefined;
}

/**
 * A token counts once: sent again after a new login it must end nothing. It is remembered only after the work is
 * done, so that a provider whose first try met an outage is not told that all is well; ending twice does no harm.
 */
async function endOnce({ sub, sid, jti, rememberSeconds }: LogoutToken, { sessions }: DoorParts): Promise<void> {
  const { index } = sessions;
  if (!index) throw new Error('the route needs sessions in Redis');
  if (await index.knowsLogoutToken(jti)) return;
  // A token with both means that one session, not every one of the user.
  if (sid !== undefined) await index.endProviderSession(sid);
  else if (sub !== undefined) await index.endSubject(sub);
  await index.rememberLogoutToken(jti, rememberSeconds);
}
