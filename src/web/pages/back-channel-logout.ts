import express, { type RequestHandler } from 'express';
import {
  InvalidLogoutTokenError,
  type LogoutToken,
  verifyLogoutToken,
} from '../../auth/back-channel-logout.ts';
import type { SessionIndex } from '../../session/session-index.ts';
import type { Services } from '../services.ts';

/**
 * `POST /backchannel-logout`: the provider ends sessions (OpenID Connect Back-Channel Logout 1.0). It has no cookie,
 * so it comes before sessions are read.
 */
export function backChannelLogout(services: Services): RequestHandler[] {
  return [express.urlencoded({ extended: false, limit: '16kb' }), endSessions(services)];
}

function endSessions({ config, discovery, keys, sessions }: Services): RequestHandler {
  return async (req, res, next) => {
    if (!sessions) return next();
    try {
      const sent = (req.body as Record<string, unknown> | undefined)?.['logout_token'];
      if (typeof sent !== 'string') throw new InvalidLogoutTokenError('logout_token is missing');
      const token = await verifyLogoutToken(sent, { config, discovery, keys });
      await endOnce(sessions.index, token);
      res.status(204).end();
    } catch (error) {
      if (!(error instanceof InvalidLogoutTokenError)) throw error;
      req.log.warn({ reason: error.message }, 'logout token refused');
      res.status(400).json({
        error: 'invalid_request',
        error_description: error.message,
        message: error.message,
        request_id: req.id,
      });
    }
  };
}

/**
 * A token counts once: sent again after a new login it must end nothing. It is remembered only after the work is
 * done, so that a provider whose first try met an outage is not told that all is well; ending twice does no harm.
 */
async function endOnce(index: SessionIndex, { sub, sid, jti, rememberSeconds }: LogoutToken): Promise<void> {
  if (await index.knowsLogoutToken(jti)) return;
  // A token with both means that one session, not every one of the user.
  if (sid !== undefined) await index.endProviderSession(sid);
  else if (sub !== undefined) await index.endSubject(sub);
  await index.rememberLogoutToken(jti, rememberSeconds);
}
