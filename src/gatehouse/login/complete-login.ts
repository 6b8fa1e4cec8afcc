import type { Request, Response } from 'express';
import { CatalogueError, HOME } from '../errors/catalogue-error.ts';
import { SessionStoreUnavailableError } from '../errors/session-store-unavailable.ts';
import { assertRecent, InvalidIdTokenError, verifyIdToken } from '../oidc/id-token.ts';
import type { TokenReply } from '../oidc/provider-client.ts';
import { aboutRequest } from '../platform/request-id.ts';
import { readyToKeep, withChanges } from '../session/own-data.ts';
import { aboutSession, type KeptToken, type SessionContent } from '../session/session-content.ts';
import type { Session } from '../session/sessions.ts';
import { userOf } from '../session/user.ts';
import { asAccessToken, isForAnother, tokenOfLogin } from '../tokens/token-vault.ts';
import type { CallbackAnswer } from './callback-once.ts';
import type { LoginParts } from './login-parts.ts';
import type { LoginTransaction } from './login-transactions.ts';

/** As many as tabs may have a login under way. */
const MAX_LOGINS = 8;

/**
 * Completes a login: takes the code to the token endpoint, verifies what comes back, asks the host, and begins a
 * session in place of `before`. Resolves with what to send to the browser.
 * @throws what explainLoginError reads, SessionStoreUnavailableError, LoginRefused, AUDIENCE_NOT_GRANTED,
 * CLAIMS_TOO_DEEP, SESSION_TOO_LARGE, SESSION_DATA_TOO_LARGE, SESSION_DATA_NOT_JSON
 */
export async function completeLogin(
  req: Request,
  res: Response,
  parts: LoginParts,
  { transaction, before, reply }: { transaction: LoginTransaction; before: Session | undefined; reply: TokenReply },
): Promise<CallbackAnswer> {
  const { sdk, sessions, links, observe } = parts;
  const { tokens, state } = await sdk.callback(req, res, transaction.value, reply).catch(async (error: unknown) => {
    const idToken = reply.body?.['id_token'];
    if (typeof idToken !== 'string' || !(error instanceof Error) || error instanceof InvalidIdTokenError) throw error;
    // The SDK says that a claim is wrong, but not which: the log should name it.
    error.cause ??= await verifyIdToken(idToken, parts).then(
      () => undefined,
      (broken: unknown) => broken,
    );
    throw error;
  });
  const at = Math.floor(Date.now() / 1000);
  const verified = await verifyIdToken(tokens.id_token, parts);
  assertRecent(verified, state.demand?.max_age, at);
  const { scope } = reply.body ?? {};
  const kept = tokenOfLogin(tokens, typeof scope === 'string' ? scope : undefined, at);
  const { claims, isIncomplete } = await parts.completeClaims(tokens);
  const userAgent = sessions.areInCookies ? undefined : req.get('user-agent')?.slice(0, 512);
  const content: SessionContent & KeptToken = {
    claims,
    ...(isIncomplete && { incomplete: true as const }),
    id_token: tokens.id_token,
    ...kept,
    ...(tokens.refresh_token && { refresh_token: tokens.refresh_token }),
    ...(tokens.sid !== undefined && !sessions.areInCookies && { sid: tokens.sid }),
    ...(tokens.sessionExpiresAt !== undefined && { session_expires_at: tokens.sessionExpiresAt }),
    asked: { at, ...state.demand, ...(state.again && { again: state.again }) },
    // For a sign-out, after which answers kept for repeated callbacks are no longer given out.
    logins: [transaction.id, ...(before?.content.logins ?? [])].slice(0, MAX_LOGINS),
    ...(userAgent !== undefined && { user_agent: userAgent }),
  };
  try {
    const data = await askHost(content, req, parts);
    const cookies = await sessions.begin(before, { ...content, ...(data && { data }) }, transaction.begunAt);
    const about = aboutRequest(req);
    if (before) observe({ event: 'session.ended', by: 'login', ...about, ...aboutSession(before.content) });
    if (cookies.length > 0) observe({ event: 'session.created', ...about, ...aboutSession(content) });
    return { location: links.destination(state.returnTo), cookies: [transaction.clearing, ...cookies] };
  } catch (error) {
    // Refused for good: the account, or what the host would keep of it. Other failures pass, and cost no grant; nor
    // does a refusal while a session remains that may share it.
    const isRefused = error instanceof CatalogueError && !(error instanceof SessionStoreUnavailableError);
    if (isRefused && !before && tokens.refresh_token) void parts.revocation.revoke(tokens.refresh_token);
    throw error;
  }
}

/**
 * What the host wants to keep of a login.
 * @throws LoginRefused, CatalogueError SESSION_DATA_TOO_LARGE, SESSION_DATA_NOT_JSON
 */
async function askHost(
  content: SessionContent & KeptToken,
  req: Request,
  { config, onLogin, sessions }: LoginParts,
): Promise<Record<string, unknown> | undefined> {
  const { claims } = content;
  const accessToken = () => {
    const { audience = '', scopes } = config;
    if (!isForAnother(content.access_token, config.audience)) {
      return asAccessToken(content, scopes.join(' '), content.refresh_token);
    }
    throw new CatalogueError('AUDIENCE_NOT_GRANTED', { values: { audience }, action: HOME });
  };
  const data: unknown = await onLogin({ claims, user: userOf(claims), accessToken }, req);
  if (typeof data !== 'object' || data === null) return undefined;
  return withChanges({}, readyToKeep(data), sessions.maxDataBytes);
}
