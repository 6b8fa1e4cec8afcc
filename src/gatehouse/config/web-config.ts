import { type ClientAuthentication, readClientAuthentication } from './client-authentication.ts';
import {
  type CommonConfig,
  isLoopback,
  readCommonConfig,
  readIssuer,
  requireHttps,
} from './common-config.ts';
import { type Env, EnvReader, type Parse } from './env-reader.ts';
import * as parse from './parsers.ts';
import { type RedisConfig, redisUrl } from './redis-config.ts';

/** Permission of the API that the page `/admin` needs; asked for at login where an audience is set. */
export const ADMIN_MESSAGES_PERMISSION = 'read:admin-messages';

/** Everything the web app is told from outside. */
export interface WebConfig extends CommonConfig {
  readonly port: number;
  readonly metricsPort: number | undefined;
  /** Express's "trust proxy" value. */
  readonly trustProxy: parse.TrustProxy;
  /** Origin of the app as browsers see it, without a slash at the end. */
  readonly baseUrl: string;
  /** Path of the redirect URI. */
  readonly callbackPath: string;
  readonly issuer: string;
  /** The tenant was named by `AUTH0_DOMAIN`, or its issuer is on auth0.com. */
  readonly isAuth0: boolean;
  readonly clientId: string;
  readonly clientAuthentication: ClientAuthentication;
  /** Sign and encrypt cookies and sessions: the first writes, all read. */
  readonly secrets: readonly string[];
  /** API identifier for which access tokens are asked. */
  readonly audience: string | undefined;
  /** Scopes asked for at login, complete. */
  readonly scopes: readonly string[];
  readonly apiServerUrl: string;
  /** Undefined: sessions live in an encrypted cookie. */
  readonly redis: RedisConfig | undefined;
  readonly session: { readonly rollingSeconds: number; readonly absoluteSeconds: number };
  /** What works and deserves a word at start. */
  readonly warnings: readonly string[];
}

/** Paths of the app that a callback must not take; see `src/web/routes.ts`. */
const OWN_PATHS =
  /^\/($|login|logout|signup|profile|api-call|protected|admin|sessions|health|ready|backchannel-logout)(\/|$)/;

/** @throws ConfigError naming every problem at once. */
export function readWebConfig(source: Env, env = new EnvReader(source)): WebConfig {
  const common = readCommonConfig(env);
  const { production } = common;
  const issuer = readIssuer(env, production);
  const port = env.optional('PORT', parse.port, 5000);
  const redirectUri = env.optional(
    'AUTH0_REDIRECT_URI',
    redirectUriOf,
    new URL(`http://localhost:${port}/callback`),
  );
  requireHttps(env, 'AUTH0_REDIRECT_URI', redirectUri, production);
  warnOfPort(env, redirectUri, port);
  const audience = env.optional('AUTH0_AUDIENCE', parse.text);
  const metricsPort = env.optional('METRICS_PORT', parse.port);
  if (metricsPort === port)
    env.problem('METRICS_PORT', `is the port of the web app (${port}); choose another`);
  const apiPort = env.optional('API_PORT', parse.port, 6060);
  const clientId = env.required(
    'AUTH0_CLIENT_ID',
    parse.text,
    'write the client ID of your application, as its page at the provider shows it',
  );
  const apiServerUrl = env.optional('API_SERVER_URL', parse.baseUrl, `http://localhost:${apiPort}`);
  requireHttps(env, 'API_SERVER_URL', new URL(apiServerUrl), production);
  const scopes = env.optional('AUTH0_SCOPE', parse.scopes, ['openid', 'profile', 'email']);
  const config: WebConfig = {
    ...common,
    port,
    metricsPort,
    trustProxy: env.optional('TRUST_PROXY', parse.trustProxy, false),
    baseUrl: redirectUri.origin,
    callbackPath: redirectUri.pathname,
    issuer,
    isAuth0: env.isSet('AUTH0_DOMAIN') || /\.auth0\.com$/.test(issuer),
    clientId,
    clientAuthentication: readClientAuthentication(env),
    secrets: env.required('AUTH0_SECRET', parse.secrets, 'make one with: openssl rand -hex 64'),
    audience,
    scopes: audience ? [...new Set([...scopes, 'offline_access', ADMIN_MESSAGES_PERMISSION])] : scopes,
    apiServerUrl,
    redis: env.optional('REDIS_URL', redisUrl),
    session: Object.freeze({
      rollingSeconds: env.optional('SESSION_ROLLING_SECONDS', parse.integer(1), 86_400),
      absoluteSeconds: env.optional('SESSION_ABSOLUTE_SECONDS', parse.integer(1), 604_800),
    }),
    warnings: env.warnings,
  };
  env.done();
  return Object.freeze(config);
}

const redirectUriOf: Parse<URL> = (value) => {
  const url = parse.httpUrl(value);
  if (OWN_PATHS.test(url.pathname)) {
    throw new Error(`has a path that the app itself uses; write ${url.origin}/callback`);
  }
  if (!/^[\w./~-]+$/.test(url.pathname))
    throw new Error('has a path with unusual characters; write a plain one');
  return url;
};

/** Without a proxy on this machine the browser comes back to the very port of the redirect URI. */
function warnOfPort(env: EnvReader, redirectUri: URL, port: number): void {
  const expected = redirectUri.port || '80';
  if (!isLoopback(redirectUri) || redirectUri.protocol === 'https:' || expected === String(port)) return;
  env.warnings.push(
    `AUTH0_REDIRECT_URI points to port ${expected}, but PORT is ${port}: logins come back only through a proxy`,
  );
}
