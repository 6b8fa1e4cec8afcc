import { asRouted } from './as-routed.ts';
import { type ClientAuthentication, readClientAuthentication } from './client-authentication.ts';
import { isLoopback, isProduction, readIssuer, requireHttps } from './common-config.ts';
import type { EnvReader, Parse } from './env-reader.ts';
import * as parse from './parsers.ts';
import { readRedis } from './redis-config.ts';

/** The authorization request's parameters that only the protocol decides. */
export const AUTHORIZATION_PARAMETERS: readonly string[] = [
  ...['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce'],
  ...['code_challenge', 'code_challenge_method', 'request', 'request_uri'],
];
const LOGOUT_PARAMETERS = ['client_id', 'id_token_hint', 'post_logout_redirect_uri', 'state'];

/** Apple sends people back by a form only; with any other response mode nobody could read the answer. */
const loginParameters: Parse<Readonly<Record<string, string>>> = (value) => {
  const given = parse.parameters(AUTHORIZATION_PARAMETERS.filter((name) => name !== 'response_mode'))(value);
  const { response_mode: mode = 'query' } = given;
  if (mode === 'query' || mode === 'form_post') return given;
  throw new Error(`has response_mode ${mode}; take it out, or write response_mode=form_post`);
};

/** The door's whole configuration. */
export type DoorConfig = ReturnType<typeof readDoorConfig>;
export type SessionLifetime = DoorConfig['session'];

/**
 * Reads what the door needs; problems stay in `env` until `env.done()`. `taken`: paths that a callback must not have;
 * `basePath`: the path below which the app is.
 */
export function readDoorConfig(env: EnvReader, taken: readonly string[] = [], basePath = '') {
  const isPlain = /^(\/[\w.~-]+)*$/.test(basePath);
  if (!isPlain) env.problem('basePath', 'is not a plain path; write it like /app');
  const base = isPlain ? basePath : '';
  const production = isProduction(env);
  const issuer = readIssuer(env, production);
  const port = env.optional('PORT', parse.port, 5000);
  const local = new URL(`http://localhost:${port}${base}/callback`);
  const redirectUri = env.optional('AUTH0_REDIRECT_URI', redirectUriOf(taken, base), local);
  requireHttps(env, 'AUTH0_REDIRECT_URI', redirectUri, production);
  if (!production) warnOfPlainHttp(env, redirectUri);
  warnOfPort(env, redirectUri, port);
  const clientId = env.required(
    'AUTH0_CLIENT_ID',
    parse.text,
    'write the client ID of your application, as its page at the provider shows it',
  );
  const clientAuthentication = readClientAuthentication(env);
  const parseSecrets = production ? strongSecrets(clientAuthentication) : parse.secrets;
  const secrets = env.required('AUTH0_SECRET', parseSecrets, 'make one with: openssl rand -hex 64');
  return Object.freeze({
    production,
    /** Origin of the app as browsers see it, without a slash at the end. */
    baseUrl: redirectUri.origin,
    /** The path below which browsers see the whole app; empty: the app has its host to itself. */
    basePath: base,
    callbackPath: redirectUri.pathname,
    issuer,
    isAuth0: env.isSet('AUTH0_DOMAIN') || /\.auth0\.com$/.test(issuer),
    clientId,
    clientAuthentication,
    /** Sign and encrypt cookies and sessions: the first writes, all read. */
    secrets,
    /** Identifier of the API that access tokens are requested for. */
    audience: env.optional('AUTH0_AUDIENCE', parse.text),
    /** Asked for at every login; `offline_access` is added where an audience is set. */
    scopes: env.optional('AUTH0_SCOPE', parse.scopes, ['openid', 'profile', 'email']),
    /** More parameters for the authorization request, and for the end-session request. */
    authorizationParams: env.optional('AUTH0_AUTHORIZATION_PARAMS', loginParameters, {}),
    logoutParams: env.optional('AUTH0_LOGOUT_PARAMS', parse.parameters(LOGOUT_PARAMETERS), {}),
    /** Undefined: sessions live in an encrypted cookie. */
    redis: readRedis(env),
    session: Object.freeze({
      /** How long sessions live without a visit. */
      rollingSeconds: env.optional('SESSION_ROLLING_SECONDS', parse.integer(1), 86_400),
      /** However often they are visited. */
      absoluteSeconds: env.optional('SESSION_ABSOLUTE_SECONDS', parse.integer(1), 604_800),
    }),
    /** How many sessions one user may have: one more ends the oldest. Only sessions in Redis can be counted. */
    sessionsPerUser: env.optional('SESSIONS_PER_USER', parse.integer(1), 1000),
    /** How often one address may ask for the routes of signing in; 0: without limit. */
    rateLimitPerMinute: env.optional('RATE_LIMIT_PER_MINUTE', parse.integer(0), 1000),
    /** What works, but deserves a word at start. */
    warnings: [...env.warnings],
  });
}

const redirectUriOf =
  (taken: readonly string[], basePath: string): Parse<URL> =>
  (value) => {
    const url = parse.httpUrl(value);
    const isTaken = (path: string) => `${asRouted(url.pathname)}/`.startsWith(`${asRouted(path)}/`);
    const remedy = `write ${url.origin}${basePath}/callback`;
    if (url.pathname === '/' || taken.some(isTaken)) throw new Error(`has a path that the app itself uses; ${remedy}`);
    if (!url.pathname.startsWith(`${basePath}/`)) {
      throw new Error(`is not below ${basePath}, where the app is; ${remedy}`);
    }
    if (!/^[\w./~-]+$/.test(url.pathname)) throw new Error('has a path with unusual characters; write a plain one');
    return url;
  };

/** A secret made by `openssl rand -hex 64` has sixteen different characters. */
const MIN_CHARACTERS = 4;

/** Secrets that others neither know nor can guess. */
const strongSecrets =
  (authentication: ClientAuthentication): Parse<readonly string[]> =>
  (value) => {
    const secrets = parse.secrets(value);
    const remedy = 'make one with: openssl rand -hex 64';
    if (secrets.some((secret) => new Set(secret).size < MIN_CHARACTERS)) {
      throw new Error(`has fewer than ${MIN_CHARACTERS} different characters, so it can be guessed; ${remedy}`);
    }
    if ('secret' in authentication && secrets.includes(authentication.secret)) {
      throw new Error(`is the client secret, which the provider knows too; ${remedy}`);
    }
    return secrets;
  };

/** Browsers consider plain http safe on this machine only. */
function warnOfPlainHttp(env: EnvReader, url: URL): void {
  if (url.protocol === 'https:' || isLoopback(url)) return;
  env.warnings.push(
    `AUTH0_REDIRECT_URI is plain http (${url.origin}): there browsers keep no Secure cookies, do not say which ` +
      'site a request comes from (Fetch Metadata) and let no script copy; all of it works with https, and on localhost',
  );
}

/** Without a proxy on this machine the browser comes back to exactly the redirect URI's port. */
function warnOfPort(env: EnvReader, redirectUri: URL, port: number): void {
  const expected = redirectUri.port || '80';
  if (!isLoopback(redirectUri) || redirectUri.protocol === 'https:' || expected === String(port)) return;
  env.warnings.push(
    `AUTH0_REDIRECT_URI points to port ${expected}, but PORT is ${port}: logins come back only through a proxy`,
  );
}
