import { silent } from '../gatehouse/platform/logger.ts';
import * as oidc from 'openid-client';
import { createProviderClient } from '../gatehouse/oidc/provider-client.ts';
import { loginScopes } from '../gatehouse/oidc/scopes.ts';
import type { DoorConfig } from '../gatehouse/config/door-config.ts';
import { type Check, CHECK_MS, check, failed, type Finding, ok, skipped, warning } from './check.ts';
import { explainNetwork } from './network.ts';

/**
 * Whether the provider knows this client as it is configured. Asks for a token and for a login in ways that must fail,
 * each for just one reason if all is well. Nobody is signed in.
 */
export async function clientChecks(web: DoorConfig, server: oidc.ServerMetadata): Promise<Check[]> {
  const provider = createProviderClient(web, { metadata: async () => server, fetch }, silent);
  const configuration = await provider.configuration();
  configuration.timeout = CHECK_MS / 1000;
  const [client, login] = await Promise.all([
    check(
      'client',
      () => tokenRequest(web, configuration),
      (error) => {
        return readTokenError(web, server, error);
      },
    ),
    loginRequest(web, configuration).catch((error: unknown) => error),
  ]);
  if (login instanceof Error) {
    const { message, mend } = explainNetwork(
      login,
      server.authorization_endpoint ?? web.issuer,
      'the discovery document',
    );
    return [client, { name: 'callback', ...failed(`the login page: ${message}`, mend) }];
  }
  const answer = login as LoginAnswer;
  return [
    client,
    { name: 'callback', ...readCallback(web, answer) },
    { name: 'audience', ...readAudience(web, answer) },
  ];
}

async function tokenRequest(web: DoorConfig, configuration: oidc.Configuration): Promise<Finding> {
  await oidc.genericGrantRequest(configuration, 'authorization_code', {
    code: 'gatehouse-doctor-asks-with-a-code-that-nobody-issued',
    redirect_uri: web.baseUrl + web.callbackPath,
    code_verifier: oidc.randomPKCECodeVerifier(),
  });
  return warning('the provider gives tokens for any code', 'Do not use this provider.');
}

function readTokenError(web: DoorConfig, server: oidc.ServerMetadata, cause: unknown): Finding {
  const { error, error_description: description, status, cause: inner } = cause as Partial<oidc.ResponseBodyError>;
  const httpStatus = status ?? (inner instanceof Response ? inner.status : undefined);
  const { method } = web.clientAuthentication;
  if (error === 'invalid_grant') return ok(`${web.clientId} is known, and proves itself by ${method}`);
  const said = `(${[httpStatus && `HTTP ${httpStatus}`, error, description].filter(Boolean).join(', ')})`;
  if (error === 'unauthorized_client' || error === 'unsupported_grant_type') {
    const mend = 'Let the client use the grant types Authorization Code and Refresh Token, as a confidential web app.';
    return failed(`the client may not sign people in with a code ${said}`, mend);
  }
  if (error === 'invalid_client' || httpStatus === 401) {
    const secret =
      method === 'private_key_jwt' ? 'the public key of AUTH0_CLIENT_ASSERTION_SIGNING_KEY' : 'AUTH0_CLIENT_SECRET';
    const methods = server.token_endpoint_auth_methods_supported;
    const other =
      methods && !methods.includes(method)
        ? ` The provider does not accept ${method}: set AUTH0_CLIENT_AUTH_METHOD to one of ${methods.join(', ')}.`
        : '';
    return failed(
      `the provider does not accept the client id or its proof ${said}`,
      `Compare AUTH0_CLIENT_ID, ${secret} and AUTH0_CLIENT_AUTH_METHOD (${method}) with the page of the application at the provider.${other}`,
    );
  }
  if (httpStatus === undefined) {
    const { message, mend } = explainNetwork(cause, server.token_endpoint ?? web.issuer, 'the discovery document');
    return failed(`the token endpoint: ${message}`, mend);
  }
  if (httpStatus >= 500) {
    return failed(`the token endpoint is in trouble ${said}`, 'Try again later, and look at the log of the provider.');
  }
  return warning(`could not tell whether the secret is right ${said}`, 'Try a login, and see what it says.');
}

/** How the provider answered a login: its OAuth error, if any, and its page, or the path and query it redirects to. */
interface LoginAnswer {
  readonly status: number;
  readonly to: 'callback' | 'elsewhere' | 'nowhere';
  readonly error: string;
  readonly page: string;
}

/** Asks as the app does, but for a login without a person (`prompt=none`), so nothing stays behind at the provider. */
async function loginRequest(web: DoorConfig, configuration: oidc.Configuration): Promise<LoginAnswer> {
  const redirectUri = web.baseUrl + web.callbackPath;
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    response_mode: 'query',
    scope: loginScopes(web, configuration.serverMetadata().scopes_supported),
    prompt: 'none',
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
    ...(web.audience && { audience: web.audience }),
  });
  const signal = AbortSignal.timeout(CHECK_MS);
  const headers = { accept: 'text/html' };
  const response = await fetch(url, { redirect: 'manual', headers, signal });
  const { status } = response;
  const location = response.headers.get('location');
  if (location === null) {
    const page = (await response.text()).slice(0, 100_000);
    return { status, to: 'nowhere', error: '', page };
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

function readCallback({ clientId, ...web }: DoorConfig, { status, to, error, page }: LoginAnswer): Finding {
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

function readAudience({ audience }: DoorConfig, { error, to, page }: LoginAnswer): Finding {
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
