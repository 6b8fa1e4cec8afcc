import type { Request, RequestHandler, Response } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { beginLogin } from '../login/begin-login.ts';
import { isGoingRound, wasJustMet } from '../login/login-demand.ts';
import { type LoginAgainError, LoginRequiredError, permissionMissing, toldError } from './failures.ts';
import { isUnintended, isUnsafe, wantsPage } from './negotiation.ts';
import type { Door } from './options.ts';
import type { DoorParts } from './parts.ts';

/** Signed-in users; others are led to the login. Unsafe methods are taken from this app's own pages only. */
export function signedIn(parts: DoorParts): RequestHandler {
  return handling((req, res) => admit(req, res, parts));
}

/** Signed-in users for whom `rule` is true; others are told what is missing. */
export function allow(parts: DoorParts): Door['allow'] {
  return (rule, name) =>
    handling(async (req, res) => {
      if ((await admit(req, res, parts)) !== 'go on') return;
      const user = parts.visits.user(req);
      if (user && (await rule(user, req))) return 'go on';
      throw permissionMissing(req, parts, name);
    });
}

async function admit(req: Request, res: Response, parts: DoorParts): Promise<'go on' | void> {
  if (isUnsafe(req)) {
    await assertKept(req, parts);
    await parts.ownPages.assertOwn(req, res);
  }
  if (!parts.visits.session(req)) return demandLogin(req, res, parts);
  if (!res.hasHeader('cache-control')) res.setHeader('Cache-Control', 'no-store');
  return 'go on';
}

/**
 * A page navigation goes to the login and comes back to the page that was asked for.
 * @throws LoginRequiredError for JSON and script requests: 401 with `login_url`
 * @throws CatalogueError SIGNED_OUT where the session was ended from elsewhere: told once, before the next login
 * @throws CatalogueError TOKENS_REFUSED where one login would follow another without end
 * @throws CatalogueError STEP_UP_FAILED where a login has just met `demand`, and that was not enough
 * @throws SessionStoreUnavailableError
 */
export async function demandLogin(req: Request, res: Response, parts: DoorParts, again?: LoginAgainError) {
  const { visits, links } = parts;
  await assertKept(req, parts);
  const { demand = {}, asked } = again ?? {};
  const returnTo = links.pageOf(req);
  const stepUp = Object.keys(demand).length > 0;
  if (!wantsPage(req) || isUnintended(req)) {
    throw new LoginRequiredError(links.login(returnTo, demand), { stepUp });
  }
  const now = Date.now() / 1000;
  if (stepUp && wasJustMet(demand, asked, now)) {
    const href = links.login(returnTo, { ...demand, prompt: 'login' });
    throw new CatalogueError('STEP_UP_FAILED', { action: { label: 'Sign in once more', href } });
  }
  const action = { label: 'Sign in again', href: links.login(returnTo) };
  if (visits.standing(req) === 'signed out elsewhere') throw new CatalogueError('SIGNED_OUT', { action });
  const isForTokens = again !== undefined && !stepUp;
  if (isForTokens && isGoingRound(asked, now)) throw new CatalogueError('TOKENS_REFUSED', { action });
  const begun = beginLogin(req, res, parts, visits.session(req), { returnTo, demand, again: isForTokens });
  await notingFailure(req, parts, begun);
}

/** Reports a failed step of a login as an event, unless nobody meant it. Rejects as the step does. */
export async function notingFailure(req: Request, { observe, visits }: DoorParts, step: Promise<void>) {
  await step.catch((error: unknown) => {
    const { code: reason } = toldError(error);
    if (reason !== 'NOT_MEANT') observe({ event: 'login.failed', reason, ...visits.about(req) });
    throw error;
  });
}

/** Resolves if sessions can be kept: else a login would waste its code. @throws SessionStoreUnavailableError */
export async function assertKept(req: Request, { visits, sessions }: DoorParts): Promise<void> {
  const { opened } = visits.of(req);
  if (opened.standing === 'unknown') throw opened.cause;
  await sessions.assertWritable();
}

/** A handler that hands rejections on, since Express 4 does not wait for promises. */
export function handling(work: (req: Request, res: Response) => Promise<'go on' | void>): RequestHandler {
  return (req, res, next) => {
    work(req, res).then((outcome) => {
      if (outcome === 'go on') next();
    }, next);
  };
}
