import type { Request, Response } from 'express';
import { CatalogueError, HOME } from '../errors/catalogue-error.ts';
import { beginLogin, type LoginWish } from '../login/begin-login.ts';
import { completeLogin } from '../login/complete-login.ts';
import { readDemand } from '../login/login-demand.ts';
import { destinationOf, isToBeginAgain, loginStateOf, parameterOf } from '../login/callback-query.ts';
import { explainLoginError, loginExpired, refusalOf } from '../login/login-errors.ts';
import { loginScopes } from '../oidc/scopes.ts';
import { readLoginQuery } from '../login/login-query.ts';
import { providerLogoutUrl } from '../oidc/logout-url.ts';
import type { TokenReply } from '../oidc/provider-client.ts';
import { addCookies } from '../platform/cookies.ts';
import { leaveFor, redirect } from '../platform/leave.ts';
import { aboutSession } from '../session/session-content.ts';
import { assertKept } from './guards.ts';
import { isUnintended, isUnsafe, wantsPage } from './negotiation.ts';
import { readForm } from './own-pages.ts';
import type { DoorParts } from './parts.ts';

/** `GET /login`: see `readLoginQuery`; `POST`: a provider may begin a login this way. */
export async function login(
  req: Request,
  res: Response,
  parts: DoorParts,
  more?: LoginWish['parameters'],
): Promise<void> {
  if (isUnsafe(req)) return redirect(await formAsQuery(req, res, parts.links.paths.login), res, 303);
  await assertKept(req, parts);
  assertMeant(req);
  const wish = readLoginQuery(req, parts.config);
  const parameters = { ...wish.parameters, ...more };
  await beginLogin(req, res, parts, parts.visits.session(req), { ...wish, parameters });
}

/** `GET /signup`: the login, with the provider's page for new users in front. */
export async function signup(req: Request, res: Response, parts: DoorParts): Promise<void> {
  await login(req, res, parts, { screen_hint: 'signup' });
}

async function formAsQuery(req: Request, res: Response, path: string): Promise<string> {
  const fields = Object.entries(await readForm(req, res)).filter(([, value]) => typeof value === 'string');
  return `${path}?${new URLSearchParams(fields as [string, string][]).toString()}`;
}

/**
 * `POST` to the callback: the provider sends people back by a form (OAuth 2.0 Form Post Response Mode). Browsers send
 * this app's cookies only when its own page leads here, not with another site's form or the redirect after it.
 */
export async function callbackForm(req: Request, res: Response, { links }: DoorParts): Promise<void> {
  leaveFor(await formAsQuery(req, res, links.callback), req, res);
}

/** The callback: the provider sends the browser back with a code. */
export async function callback(req: Request, res: Response, parts: DoorParts): Promise<void> {
  const { config, visits, sessions, transactions, links, provider, callbackOnce } = parts;
  const { opened } = visits.of(req);
  if (opened.standing === 'unknown') throw opened.cause;
  assertMeant(req);
  const transaction = await sessions.orGone(() => transactions.find(req.headers.cookie, parameterOf(req, 'state')));
  const refusal = refusalOf(req, links, loginScopes(config, undefined));
  // Otherwise claiming the callback tells whether Redis takes writes.
  if (!transaction || refusal) await assertKept(req, parts);
  if (!transaction) {
    // The back button, a second delivery, a tab that was restored: whoever is signed in goes where they wanted to go.
    if (visits.session(req)) return redirect(destinationOf(req, links), res);
    throw loginExpired(req, links);
  }
  if (isToBeginAgain(req)) {
    addCookies(res, [transaction.clearing]);
    const { returnTo, demand, again = false } = loginStateOf(req);
    return beginLogin(req, res, parts, visits.session(req), {
      returnTo,
      demand: readDemand({ ...demand }),
      again,
      retried: true,
    });
  }
  if (refusal) {
    addCookies(res, [transaction.clearing]);
    throw refusal;
  }
  await provider.metadata().catch((error: unknown) => {
    // An outage that is known before the code is spent costs nothing.
    throw explainLoginError(error, req, links);
  });
  const reply: TokenReply = {};
  let isReplay = true;
  const complete = () => {
    isReplay = false;
    return completeLogin(req, res, parts, { transaction, before: visits.session(req), reply }).catch(
      (error: unknown) => {
        addCookies(res, [transaction.clearing]);
        throw explainLoginError(error, req, links, reply);
      },
    );
  };
  const answer = await callbackOnce.run(transaction.id, complete);
  if (isReplay) parts.observe({ event: 'callback.replayed', ...visits.about(req) });
  if (answer === 'failed') throw loginExpired(req, links);
  addCookies(res, answer.cookies);
  redirect(answer.location, res);
}

/**
 * `GET /logout`, and `POST` from the page that asks first where another site sent somebody here: ends the session here,
 * revokes its refresh token, ends the provider's session, and comes back to `/`.
 */
export async function logout(req: Request, res: Response, parts: DoorParts): Promise<void> {
  const { visits, sessions, revocation, callbackOnce, ownPages, pages, links } = parts;
  const { opened } = visits.of(req);
  if (opened.standing === 'unknown') throw opened.cause;
  const session = visits.session(req);
  // A session that was read just now proves it already.
  if (!session) await sessions.assertReadable();
  assertMeant(req);
  if (isUnsafe(req)) await ownPages.assertOwn(req, res);
  // It is easy to sign others out (by a link, a redirect); only this app's own pages may do it without asking.
  else if (['cross-site', 'same-site'].includes(req.get('sec-fetch-site') ?? '')) {
    if (!wantsPage(req)) throw new CatalogueError('CROSS_SITE_REQUEST', { action: HOME });
    await pages.confirmLogout(req, res, { logoutUrl: links.paths.logout });
    return;
  }

  // Ended by the provider already, or from another browser: nothing is left to end there.
  if (opened.standing === 'signed out elsewhere') return res.redirect(links.home);
  // Before the provider is asked for anything: what cannot be ended here is not ended there either.
  await session?.end();
  sessions.forget(req, res);
  // So that the back button shows no page from the browser's memory, even without scripts.
  res.set('Clear-Site-Data', '"cache"');
  const about = { ...visits.about(req), ...(session && aboutSession(session.content)) };
  if (session) parts.observe({ event: 'session.ended', by: 'user', ...about });
  const { id_token: idToken, refresh_token: refreshToken, logins = [] } = session?.content ?? {};
  const [url] = await Promise.all([
    providerLogoutUrl(idToken, parts),
    refreshToken && revocation.revoke(refreshToken, about),
    // If this fails, the answers soon expire anyway.
    ...logins.map((id) => callbackOnce.forget(id).catch(() => undefined)),
  ]);
  if (url) leaveFor(url, req, res);
  else res.redirect(isUnsafe(req) ? 303 : 302, links.home);
}

/** Refuses what nobody meant: a prefetched login would spend a transaction, a prefetched logout the session. */
function assertMeant(req: Request): void {
  if (isUnintended(req)) throw new CatalogueError('NOT_MEANT');
}
