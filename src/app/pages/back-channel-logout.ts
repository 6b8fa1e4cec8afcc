import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import {
  InvalidLogoutTokenError,
  type LogoutToken,
  verifyLogoutToken,
} from '../../gatehouse/login/back-channel-logout.ts';
import type { SessionIndex } from '../../gatehouse/session/session-index.ts';
import type { Services } from '../services.ts';

/**
 * `POST /backchannel-logout`: the provider ends sessions (OpenID Connect Back-Channel Logout 1.0). It has no cookie,
 * so it comes before sessions are read.
 */
export function backChannelLogout(services: Services): (RequestHandler | ErrorRequestHandler)[] {
  return [forPrograms, readForm, endSessions(services), refuse];
}

/** The provider asks for anything; what fails is told as JSON all the same, outages too (error-handler.ts). */
const forPrograms: RequestHandler = (req, _res, next) => {
  req.headers.accept = 'application/json';
  next();
};

const readForm = express.urlencoded({ extended: false, limit: '16kb' });

function endSessions({ config, discovery, keys, sessions }: Services): RequestHandler {
  return async (req, res, next) => {
    if (!sessions) return next();
    const sent = (req.body as Record<string, unknown> | undefined)?.['logout_token'];
    if (typeof sent !== 'string') throw new InvalidLogoutTokenError('logout_token is missing');
    const token = await verifyLogoutToken(sent, { config, discovery, keys });
    await endOnce(sessions.index, token);
    res.status(204).end();
  };
}

/** Section 2.8: whatever is wrong with the request is a 400, also what the form's parser would call 413 or 415. */
const refuse: ErrorRequestHandler = (error: unknown, req, res, next) => {
  const description =
    error instanceof InvalidLogoutTokenError
      ? error.message
      : isUnreadable(error)
        ? 'the form cannot be read'
        : undefined;
  if (description === undefined) return next(error);
  req.log.warn({ reason: description }, 'logout token refused');
  res.status(400).json({
    error: 'invalid_request',
    error_description: description,
    message: description,
    request_id: req.id,
  });
};

/** Body parsers throw http-errors. */
function isUnreadable(error: unknown): boolean {
  const { status, expose } = error as { status?: unknown; expose?: unknown };
  return expose === true && typeof status === 'number' && status < 500;
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
