import type { Request, RequestHandler } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { beginLogin, type LoginWish } from '../login/begin-login.ts';
import { completeLogin } from '../login/complete-login.ts';
import { readDemand } from '../login/login-demand.ts';
import { destinationOf, explainLoginError, loginExpired, stateOf } from '../login/login-errors.ts';
import { addCookies } from '../platform/cookies.ts';
import { assertKept, handling } from './guards.ts';
import { isUnintended } from './negotiation.ts';
import type { DoorParts } from './parts.ts';

/**
 * `GET /login?returnTo=/path`, with a demand where an API made one: `acr_values`, `max_age`, `scope`, `prompt`.
 * `GET /signup`: the same, with the provider's page for new users in front.
 */
export function login(parts: DoorParts, { screenHint }: Pick<LoginWish, 'screenHint'> = {}): RequestHandler {
  return handling(async (req, res) => {
    await assertKept(req, parts);
    assertMeant(req);
    const wish = { returnTo: req.query['returnTo'], demand: readDemand(req.query), ...(screenHint && { screenHint }) };
    await beginLogin(req, res, parts, parts.visits.session(req), wish);
  });
}

/** The callback: the provider sends the browser back with a code. */
export function callback(parts: DoorParts): RequestHandler {
  const { visits, transactions, links, provider, callbackOnce } = parts;
  return handling(async (req, res) => {
    const transaction = transactions.find(req.headers.cookie, stateOf(req));
    // With one, the claim on it shows whether anything can be kept.
    if (!transaction) await assertKept(req, parts);
    assertMeant(req);
    if (!transaction) {
      // The back button, a second delivery, a tab that was restored: whoever is signed in goes where they wanted to.
      if (visits.session(req)) return res.redirect(destinationOf(req, links));
      throw loginExpired(req, links);
    }
    await provider.configuration().catch((error: unknown) => {
      // An outage that is known before the code is spent costs nothing.
      throw explainLoginError(error, req, links, undefined);
    });
    const complete = () =>
      completeLogin(req, res, parts, { transaction, before: visits.session(req) }).catch((error: unknown) => {
        addCookies(res, [transaction.clearing]);
        throw explainLoginError(error, req, links, provider.tokenReply());
      });
    const answer = await callbackOnce.run(transaction.id, () => provider.duringCallback(complete));
    if (answer === 'failed') throw loginExpired(req, links);
    addCookies(res, answer.cookies);
    res.redirect(answer.location);
  });
}

/** Refuses what nobody meant: a prefetched login would spend a transaction, a prefetched logout the session. */
export function assertMeant(req: Request): void {
  if (isUnintended(req)) throw new CatalogueError('NOT_MEANT');
}
