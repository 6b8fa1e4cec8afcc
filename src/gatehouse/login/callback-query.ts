import type { Request } from 'express';
import { isStalePage } from '../oidc/providers/keycloak.ts';
import { type LoginDemand, readDemand } from './login-demand.ts';

/** What the state of a login tells its callback. */
export interface LoginState {
  readonly returnTo?: unknown;
  readonly demand?: LoginDemand;
  readonly again?: true;
  /** The provider sent it back once, to begin again. */
  readonly retried?: true;
}

/** A parameter of a callback; empty where it has none, or several. */
export function parameterOf(req: Request, name: 'state' | 'error' | 'error_description'): string {
  const value = req.query[name];
  return typeof value === 'string' ? value : '';
}

/** What the login of a callback was begun with, from its `state`, which is not verified yet; no malformed demand. */
export function loginStateOf(req: Request): LoginState {
  try {
    const json: unknown = JSON.parse(Buffer.from(parameterOf(req, 'state'), 'base64url').toString());
    const { returnTo, demand, again, retried } = json as LoginState;
    return { returnTo, demand: readDemand({ ...demand }), ...(again && { again }), ...(retried && { retried }) };
  } catch {
    return {};
  }
}

/** Whether that login should be begun again, rather than refused; automatically only once. */
export function isToBeginAgain(req: Request): boolean {
  return isStalePage(parameterOf(req, 'error_description')) && !loginStateOf(req).retried;
}
