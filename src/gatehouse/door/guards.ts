import type { Request, RequestHandler, Response } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { beginLogin } from '../login/begin-login.ts';
import { isGoingRound, type LoginDemand, wasJustMet } from '../login/login-demand.ts';
import type { AskedOfLogin } from '../session/session-content.ts';
import { LoginRequiredError } from './failures.ts';
import { isFromScript, isUnintended, prefersJson } from './negotiation.ts';
import type { Door } from './options.ts';
import { isUnsafe } from './own-pages.ts';
import type { DoorParts } from './parts.ts';
import { permissionMissing } from './permission-missing.ts';

/** A demand on a login, and what the one before was asked for where it turned out to be too little. */
export interface Again {
  readonly demand: LoginDemand;
  readonly asked: AskedOfLogin | undefined;
}

/** Signed-in users; others are led to the login. Unsafe methods are taken from this app's own pages only. */
export function signedIn(parts: DoorParts): RequestHandler {
  return handling(async (req, res) => {
    if (isUnsafe(req)) {
      await assertKept(req, parts);
      await parts.ownPages.assertOwn(req, res);
    }
    if (!parts.visits.session(req)) return demandLogin(req, res, parts);
    if (!res.hasHeader('cache-control')) res.setHeader('Cache-Control', 'no-store');
    return 'go on';
  });
}

/** Signed-in users for whom `rule` is true; others are told what is missing. */
export function allow(parts: DoorParts): Door['allow'] {
  const first = signedIn(parts);
  return (rule, name) => (req, res, next) => {
    const then = handling(async () => {
      const user = parts.visits.user(req);
      if (user && (await rule(user, req))) return 'go on';
      throw permissionMissing(name, user, parts.links);
    });
    void first(req, res, (error?: unknown) => {
      if (error === undefined) void then(req, res, next);
      else next(error);
    });
  };
}

/**
 * A page navigation goes to the login and comes back to the page that was asked for.
 * @throws LoginRequiredError for JSON and script requests: 401 with `login_url`
 * @throws CatalogueError SIGNED_OUT where the session was ended from elsewhere: told once, before the way back
 * @throws CatalogueError TOKENS_REFUSED where a login after a login would be made without end
 * @throws CatalogueError STEP_UP_FAILED where `demand` was met just now, and was not enough
 * @throws SessionStoreUnavailableError
 */
export async function demandLogin(req: Request, res: Response, parts: DoorParts, again?: Again): Promise<void> {
  const { visits, links } = parts;
  await assertKept(req, parts);
  const { demand = {}, asked } = again ?? {};
  const returnTo = links.pageOf(req);
  const stepUp = Object.keys(demand).length > 0;
  if (prefersJson(req) || isFromScript(req) || isUnintended(req)) {
    throw new LoginRequiredError(links.login(returnTo, demand), { stepUp });
  }
  const now = Date.now() / 1000;
  if (stepUp && wasJustMet(demand, asked, now)) {
    const href = links.login(returnTo, { ...demand, prompt: 'login' });
    throw new CatalogueError('STEP_UP_FAILED', { action: { label: 'Sign in once more', href } });
  }
  const action = { label: 'Sign in again', href: links.login(returnTo) };
  if (visits.standing(req) === 'signed out elsewhere') throw new CatalogueError('SIGNED_OUT', { action });
  if (again && !stepUp && isGoingRound(asked, now)) throw new CatalogueError('TOKENS_REFUSED', { action });
  const isForTokens = again !== undefined && !stepUp;
  await beginLogin(req, res, parts, visits.session(req), { returnTo, demand, again: isForTokens });
}

/** Resolves where sessions can be kept: else a login would spend its code for nothing. @throws SessionStoreUnavailableError */
export async function assertKept(req: Request, { visits, sessions }: DoorParts): Promise<void> {
  const { opened } = visits.of(req);
  if (opened.standing === 'unknown') throw opened.cause;
  await sessions.assertWritable();
}

/** A handler whose promise Express 4 would not wait for: what it rejects with is handed on. */
export function handling(work: (req: Request, res: Response) => Promise<'go on' | void>): RequestHandler {
  return (req, res, next) => {
    work(req, res).then((outcome) => {
      if (outcome === 'go on') next();
    }, next);
  };
}
