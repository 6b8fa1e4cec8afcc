import * as oidc from 'openid-client';
import type { DoorConfig } from '../gatehouse/config/door-config.ts';
import { loginScopes } from '../gatehouse/oidc/scopes.ts';
import { CHECK_MS, failed, type Finding, ok, skipped, warning } from './check.ts';

/** How the provider answered a login: its OAuth error, if any, and its page, or the path and query it redirects to. */
export interface LoginAnswer {
  readonly status: number;
  readonly to: 'callback' | 'elsewhere' | 'nowhere';
  readonly error: string;
  readonly page: string;
}

/** Asks as the app does, but for a login without a person (`prompt=none`), so nothing stays behind at the provider. */
export async function loginRequest(web: DoorConfig, configuration: oidc.Configuration): Promise<LoginAnswer> {
  const redirectUri = web.baseUrl + web.callbackPath;
  const { scopes_supported: supported, require_pushed_authorization_requests: isPushed } =
    configuration.serverMetadata();
  const parameters = {
    response_mode: 'query',
    ...web.authorizationParams,
    redirect_uri: redirectUri,
    scope: loginScopes(web, supported),
    prompt: 'none',
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
    ...(web.audience && { audience: web.audience }),
  };
  let url: URL;
  try {
    url = isPushed
      ? await oidc.buildAuthorizationUrlWithPAR(configuration, parameters)
      : oidc.buildAuthorizationUrl(configuration, parameters);
  } catch (error) {
    const refused = { to: 'elsewhere', page: '' } as const;
    // A 401 with a challenge: openid-client reads no more of it.
    if (error instanceof oidc.WWWAuthenticateChallengeError)
      return { ...refused, status: 401, error: 'invalid_client' };
    if (!(error instanceof oidc.ResponseBodyError)) throw error;
    const { status, error: code, error_description: description = '' } = error;
    return { ...refused, status, error: `${code}: ${description}` };
  }
  const signal = AbortSignal.timeout(CHECK_MS);
  const headers = { accept: 'text/html' };
  const response = await fetch(url, { redirect: 'manual', headers, signal });
  const { status } = response;
  const location = response.headers.get('location');
  if (location === null) {
    const page = (await response.text()).slice(0, 100_000);
    // With `response_mode=form_post` a form leads to the callback, by itself.
    if (!page.includes(`action="${redirectUri}"`)) return { status, to: 'nowhere', error: '', page };
    const [, code = ''] = /<input\b[^>]*\bname="error"[^>]*\bvalue="([^"]*)"/.exec(page) ?? [];
    return { status, to: 'callback', error: code, page: '' };
  }
  await response.body?.cancel();
  const target = new URL(location, url);
  const error = ['error', 'error_description'].flatMap((name) => target.searchParams.get(name) ?? []).join(': ');
  if (target.origin + target.pathname === redirectUri) return { status, to: 'callback', error, page: '' };
  return { status, to: 'elsewhere', error, page: target.pathname + target.search.replaceAll('+', ' ') };
}

const ABOUT_CALLBACK = /(callback|redirect)[\s_-]?ur[il]/i;
/** Stricter, because the text may be a login page with the callback URL in its links and scripts. */
const CALLBACK_REFUSED =
  /AADSTS50011|(callback|redirect)[\s_-]?ur[il][^<>&]{0,80}(mismatch|invalid|not (registered|allowed|match|valid))|(invalid|unregistered|mismatch\w*)[^<>&]{0,40}(callback|redirect)[\s_-]?ur[il]/i;
const ABOUT_CLIENT =
  /invalid_client|unauthorized_client|client (authentication|id|is|was|not)|(unknown|no such) client/i;
const ABOUT_AUDIENCE = /invalid_target|audience|service not found|resource/i;
/** The errors with which a login without a person must fail (OpenID Connect Core section 3.1.2.6). */
const NEEDS_A_PERSON = /^(login|interaction|consent|account_selection)_required/;

/** Whether the callback is registered, by the answer to a login. */
export function readCallback({ clientId, ...web }: DoorConfig, { status, to, error, page }: LoginAnswer): Finding {
  const url = web.baseUrl + web.callbackPath;
  const notRegistered = (said: string) =>
    failed(
      `${url} is not registered ${said}`,
      `Add ${url} to the callback URLs of ${clientId} at the provider (Auth0: Allowed Callback URLs), or correct AUTH0_REDIRECT_URI.`,
    );
  if (to === 'callback') {
    if (!error || NEEDS_A_PERSON.test(error) || ABOUT_AUDIENCE.test(error)) return ok(`${url} is registered`);
    const mend = /^invalid_scope/.test(error)
      ? `Let ${clientId} ask for these scopes at the provider, or take what it does not know out of AUTH0_SCOPE (${web.scopes.join(' ')}).`
      : 'Correct at the provider what it complains about.';
    return failed(`${url} is registered, but logins are refused: ${error}`, mend);
  }
  const said = error ? `(${error})` : `(HTTP ${status})`;
  if (status === 429 || status >= 500) {
    return failed(`the login page is in trouble ${said}`, 'Try again later; look at the log of the provider.');
  }
  const text = `${error} ${page}`;
  if (CALLBACK_REFUSED.test(text) || (status >= 400 && ABOUT_CALLBACK.test(text)) || ABOUT_CALLBACK.test(error)) {
    return notRegistered(said);
  }
  const isLogin =
    to === 'elsewhere'
      ? !error && !/^[^?]*error/i.test(page)
      : status < 300 && /<form\b[^]*<input\b[^>]*\b(password|email|username)/i.test(page);
  if (isLogin) return ok(`${url} leads to a login page`);
  if (ABOUT_CLIENT.test(status < 400 ? error : text)) {
    return failed(
      `the provider does not know the client ${clientId} ${said}`,
      'Compare AUTH0_CLIENT_ID with its page there.',
    );
  }
  return warning(
    `could not tell whether ${url} is registered ${said}`,
    `Try a login, and see what it says. Most often it is not: add it to the callback URLs of ${clientId} at the provider.`,
  );
}

/** Whether the provider knows the API, by the same answer. */
export function readAudience({ audience }: DoorConfig, { error, to, page }: LoginAnswer): Finding {
  if (!audience) return skipped('not checked: AUTH0_AUDIENCE is not set, no access token is asked for');
  if (ABOUT_AUDIENCE.test(error)) {
    const mend = `Register an API with the identifier ${audience} at the provider, or correct AUTH0_AUDIENCE.`;
    return failed(`the provider does not know ${audience} (${error})`, mend);
  }
  if (to === 'nowhere' || error.startsWith('access_denied')) {
    return skipped(`unknown${page && ': the provider answered with a page'}`);
  }
  return ok(`the provider does not refuse ${audience}`);
}
