import type { EnvReader, Parse } from './env-reader.ts';
import { baseUrl, domain, httpUrl, oneOf, port } from './parsers.ts';

/** Whether `NODE_ENV` says that this is production, where nothing is guessed and plain http is refused. */
export function isProduction(env: EnvReader): boolean {
  return env.optional('NODE_ENV', oneOf('production', 'development', 'test')) === 'production';
}

/**
 * The issuer of the OpenID provider, from `ISSUER_BASE_URL` or `AUTH0_DOMAIN`, without a slash at its end. Whether the
 * provider itself writes that slash (Auth0 does) is learnt from its discovery document.
 */
export function readIssuer(env: EnvReader, production: boolean): string {
  const hint = 'write your tenant, such as tenant.us.auth0.com (another OpenID provider: ISSUER_BASE_URL)';
  const tenant = env.isSet('ISSUER_BASE_URL')
    ? env.optional('AUTH0_DOMAIN', domain)
    : env.required('AUTH0_DOMAIN', domain, hint);
  const issuer = env.optional('ISSUER_BASE_URL', issuerUrl);
  const fromTenant = tenant === undefined ? undefined : `https://${tenant}`;
  const fromIssuer = issuer?.href.replace(/\/+$/, '');
  if (fromTenant && fromIssuer && fromTenant !== fromIssuer) {
    env.problem('ISSUER_BASE_URL', `contradicts AUTH0_DOMAIN (${fromTenant}); set only one of them`);
  }
  if (issuer) requireHttps(env, 'ISSUER_BASE_URL', issuer, production);
  return fromIssuer ?? fromTenant ?? '';
}

const issuerUrl: Parse<URL> = (value) => {
  const url = httpUrl(value);
  const [, issuer] = /^(.*)\/\.well-known\//.exec(url.href) ?? [];
  if (issuer !== undefined) throw new Error(`is the address of the discovery document; write ${issuer}`);
  return url;
};

/** Where the resource server is. If that is not set, its port on this machine is read. */
export function readApiServerUrl(env: EnvReader): string {
  if (env.isSet('API_SERVER_URL')) return env.optional('API_SERVER_URL', baseUrl, 'http://localhost:6060');
  return `http://localhost:${env.optional('API_PORT', port, 6060)}`;
}

export function isLoopback(url: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
}

/** In production plain http is allowed for loopback only, and even there worth a warning. */
export function requireHttps(env: EnvReader, name: string, url: URL, production: boolean): void {
  if (!production || url.protocol === 'https:') return;
  if (isLoopback(url)) env.warnings.push(`${name} is plain http (${url.origin}): fine on this machine only`);
  else env.problem(name, `is plain http, which production refuses; write https://${url.host}${url.pathname}`);
}
