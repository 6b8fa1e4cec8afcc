import { type ErrorRequestHandler, type Request, type Response, Router, urlencoded } from 'express';
import type { Provider } from 'oidc-provider';
import type { Account, Accounts } from './accounts.ts';

/** Sign-in, sign-up and cancel. oidc-provider sends the browser to `/interaction/:uid`. */
export function interactionRoutes(provider: Provider, accounts: Accounts): Router {
  const router = Router();
  const form = urlencoded({ extended: false, limit: '20kb' });

  const signIn = (res: Response, uid: string, model: { username?: string; problem?: string } = {}) =>
    res.render('sign-in', { uid, username: '', problem: '', ...model });
  const signUp = (res: Response, uid: string, model: { name?: string; email?: string; problem?: string } = {}) =>
    res.render('sign-up', { uid, name: '', email: '', problem: '', ...model });
  const finish = (req: Request, res: Response, { claims: { sub } }: Account) =>
    provider.interactionFinished(req, res, { login: { accountId: sub, amr: ['pwd'] } });

  router.get('/interaction/:uid', async (req, res) => {
    const { uid, params } = await provider.interactionDetails(req, res);
    const screen = req.query['screen'] ?? params['screen_hint'];
    if (screen === 'signup') return signUp(res, uid);
    const hint = params['login_hint'];
    signIn(res, uid, { username: typeof hint === 'string' ? hint : '' });
  });

  router.post('/interaction/:uid/sign-in', form, async (req, res) => {
    const { uid } = await provider.interactionDetails(req, res);
    const username = field(req, 'username').trim();
    const password = field(req, 'password');
    const account = accounts.authenticate(username, password);
    if (account) return finish(req, res, account);
    const isComplete = username && password;
    const problem = isComplete ? 'Wrong username or password.' : 'Enter both a username and a password.';
    signIn(res.status(isComplete ? 401 : 400), uid, { username, problem });
  });

  router.post('/interaction/:uid/sign-up', form, async (req, res) => {
    const { uid } = await provider.interactionDetails(req, res);
    const name = field(req, 'name').trim();
    const email = field(req, 'email').trim();
    const password = field(req, 'password');
    const refuse = (status: number, problem: string) => signUp(res.status(status), uid, { name, email, problem });
    if (!name || !email || !password) return refuse(400, 'Enter a name, an e-mail address and a password.');
    if (!/^[^@\s]+@[^@\s]+$/.test(email)) return refuse(400, 'This is not an e-mail address.');
    const account = accounts.register(name, email, password);
    if (!account) return refuse(409, 'Somebody has already signed up with this e-mail address.');
    return finish(req, res, account);
  });

  router.post('/interaction/:uid/cancel', (req, res) =>
    provider.interactionFinished(
      req,
      res,
      { error: 'access_denied', error_description: 'The user cancelled the sign-in.' },
      { mergeWithLastSubmission: false },
    ),
  );
  return router;
}

/** The value of a form field; empty if the field is missing or there twice. */
function field(req: Request, name: string): string {
  const value = (req.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}

/** A page for what went wrong in our own routes. */
export function interactionErrors(onServerError: (err: unknown) => void): ErrorRequestHandler {
  // Express recognises an error handler by its four parameters.
  return (err: { name?: string; statusCode?: number }, _req, res, _next) => {
    const { statusCode = 500 } = err;
    const status = statusCode >= 400 && statusCode < 500 ? statusCode : 500;
    if (status === 500) onServerError(err);
    const isOver = err.name === 'SessionNotFound';
    res.status(status).render('error', {
      message: isOver
        ? 'This sign-in has expired, is already finished, or was started in another browser. Please start again.'
        : 'The request cannot be served.',
      code: isOver ? 'session_not_found' : status === 500 ? 'server_error' : 'invalid_request',
    });
  };
}
