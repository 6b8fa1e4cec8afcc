import type { JWK } from 'jose';
import * as oidc from 'openid-client';
import { assertIsOf, readDocument } from '../gatehouse/oidc/discovery.ts';
import { signingAlgorithms } from '../gatehouse/oidc/signing-algorithms.ts';
import { candidates } from '../gatehouse/oidc/signing-keys.ts';
import { type Check, CHECK_MS, check, failed, type Finding, ok, skipped, warning } from './check.ts';
import { proxyFor } from '../program/outgoing.ts';
import { explainNetwork, through } from './network.ts';
import type { Setup } from './setup.ts';

/** How much clock difference the app tolerates at a login, and the API at a call. */
const LOGIN_TOLERANCE_SECONDS = 60;
const API_TOLERANCE_SECONDS = 5;
const SETTING = 'AUTH0_DOMAIN or ISSUER_BASE_URL';

/** What one request for the discovery document revealed. */
export interface Discovered {
  /** What came back, even if it was no use; undefined if the provider was not reached. */
  readonly answer: { readonly status: number; readonly aheadSeconds: number | undefined } | undefined;
  readonly server: oidc.ServerMetadata | undefined;
  readonly error: unknown;
}

/** Whether the provider is there and can do what logins need, judging by what `discover` found. */
export async function providerChecks(setup: Setup, discovered: Discovered | undefined): Promise<Check[]> {
  const { issuer } = setup;
  if (!issuer || !discovered) {
    return [{ name: 'provider', ...skipped('not checked: the configuration names no provider that can be read') }];
  }
  const { answer, server, error } = discovered;
  const checks: Check[] = [{ name: 'provider', ...reached(setup, issuer, discovered) }];
  if (answer) {
    checks.push(
      { name: 'discovery', ...described(issuer, answer.status, server, error) },
      { name: 'clock', ...clock(answer.aheadSeconds) },
    );
  }
  if (server) {
    checks.push(
      await check(
        'signing',
        () => signing(server),
        (cause) => {
          const url = server.jwks_uri ?? issuer;
          const { message, mend } = explainNetwork(cause, url, SETTING, proxyFor(new URL(url), setup.proxies));
          return failed(`the signing keys cannot be read: ${message}`, mend);
        },
      ),
      { name: 'logout', ...logout(setup, server) },
      { name: 'back-channel logout', ...backChannelLogout(setup, server) },
      { name: 'scopes', ...scopes(setup, server) },
      { name: 'refresh tokens', ...refreshTokens(setup, server) },
    );
  }
  return checks;
}

/** Asks once for the discovery document of `issuer`. Never rejects. */
export async function discover(issuer: string): Promise<Discovered> {
  let answer: Discovered['answer'];
  const watchedFetch: oidc.CustomFetch = async (url, options) => {
    const begun = Date.now();
    const response = await fetch(url, options as RequestInit);
    answer = {
      status: response.status,
      aheadSeconds: secondsAhead(response.headers, (begun + Date.now()) / 2),
    };
    return response;
  };
  try {
    const server = await readDocument(issuer, { [oidc.customFetch]: watchedFetch, timeout: CHECK_MS / 1000 });
    try {
      assertIsOf(issuer, server);
      return { answer, server, error: undefined };
    } catch (error) {
      const { message } = (error as Error).cause as Error;
      return { answer, server: undefined, error: new Error(message, { cause: { body: server } }) };
    }
  } catch (error) {
    return { answer, server: undefined, error };
  }
}

/** How far the sender's clock is ahead of ours. `Date` has whole seconds, and from a cache it is `Age` seconds old. */
function secondsAhead(headers: Headers, now: number): number | undefined {
  const date = Date.parse(headers.get('date') ?? '') + Number(headers.get('age') ?? 0) * 1000;
  return Number.isNaN(date) ? undefined : Math.round((date + 500 - now) / 1000);
}

function reached(setup: Setup, issuer: string, { answer, error }: Pick<Discovered, 'answer' | 'error'>): Finding {
  const { isLocal, proxies } = setup;
  const proxy = proxyFor(new URL(issuer), proxies);
  if (answer) return ok(`${issuer} answers${through(proxy)}`);
  const { message, mend } = explainNetwork(error, issuer, SETTING, proxy);
  if (!isLocal) return failed(message, mend);
  return failed(
    `the local provider is not running: ${message}`,
    'Run npm start in another terminal, then npm run doctor again; or name a provider of your own in .env.',
  );
}

function described(issuer: string, status: number, server: oidc.ServerMetadata | undefined, error: unknown): Finding {
  const document = `${issuer}/.well-known/openid-configuration`;
  if (server) {
    const missing = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'].filter((name) => !server[name]);
    if (missing.length === 0) return ok(`issuer ${server.issuer}`);
    return failed(`${document} lacks ${missing.join(', ')}`, `Check ${SETTING}: is this an OpenID provider?`);
  }
  if (status >= 500 || status === 429) {
    return failed(`the provider answers ${status}`, 'Try again later, and look at the status page of the provider.');
  }
  const { body } = ((error as Error).cause ?? {}) as { body?: { issuer?: unknown } };
  if (typeof body?.issuer === 'string' && body.issuer.replace(/\/$/, '') === issuer) {
    const mend = 'Tell the provider that it is behind a proxy that ends TLS (Keycloak: --proxy-headers=xforwarded).';
    return failed(`${(error as Error).message}`, mend);
  }
  if (typeof body?.issuer === 'string' && body.issuer.includes('{')) {
    const mend =
      'Write the issuer of one tenant: ISSUER_BASE_URL=https://…/<tenant id>/v2.0 (then without AUTH0_DOMAIN).';
    return failed(`the provider at ${issuer} names a template for its issuer, ${body.issuer}`, mend);
  }
  if (typeof body?.issuer === 'string') {
    const mend = `Write ISSUER_BASE_URL=${body.issuer} if that is yours (then without AUTH0_DOMAIN), or correct the provider.`;
    return failed(`the provider at ${issuer} calls itself ${body.issuer}`, mend);
  }
  const mend = `Check ${SETTING}: the issuer is the address before /.well-known/openid-configuration.`;
  return failed(`there is no discovery document at ${document} (HTTP ${status})`, mend);
}

function clock(aheadSeconds: number | undefined): Finding {
  if (aheadSeconds === undefined) return skipped('unknown: the provider sends no Date');
  const off = Math.abs(aheadSeconds);
  if (off <= API_TOLERANCE_SECONDS) return ok('agrees with that of the provider');
  const message = `this clock is ${off} seconds ${aheadSeconds > 0 ? 'behind' : 'ahead of'} that of the provider`;
  const mend = 'Set the clocks by NTP, on this machine or there (Linux: timedatectl set-ntp true).';
  return off > LOGIN_TOLERANCE_SECONDS ? failed(message, mend) : warning(message, mend);
}

async function signing(server: oidc.ServerMetadata): Promise<Finding> {
  const listed = server.id_token_signing_alg_values_supported ?? [];
  const supported = signingAlgorithms(server);
  if (listed.length > 0 && !listed.some((algorithm) => supported.includes(algorithm))) {
    const mend = 'Let the provider sign ID tokens of this client with RS256, or another algorithm of key pairs.';
    return failed(`ID tokens are signed with ${listed.join(', ')}, which anybody with the secret could do`, mend);
  }
  if (!server.jwks_uri) return failed('the provider names no signing keys', 'Let it name jwks_uri.');
  const response = await fetch(server.jwks_uri, { signal: AbortSignal.timeout(CHECK_MS) });
  const { keys } = (await response.json().catch(() => ({}))) as { keys?: JWK[] };
  if (Array.isArray(keys) && supported.some((alg) => candidates({ keys }, { alg }).length > 0)) {
    const remark = listed.length === 0 ? ', assumed since none is named' : '';
    return ok(`${supported.join(', ')}${remark}, and its keys can be read`);
  }
  const mend = 'Give the provider a key to sign with.';
  return failed(`there is no key for ${supported.join(', ')} at ${server.jwks_uri} (HTTP ${response.status})`, mend);
}

function logout({ door }: Setup, server: oidc.ServerMetadata): Finding {
  if (server.end_session_endpoint) return ok('also ends the session at the provider');
  if (door?.isAuth0) return ok('also ends the session at Auth0 (/v2/logout)');
  return warning(
    'the provider names no end_session_endpoint: signing out ends the session here only',
    'Switch on RP-initiated logout at the provider (Auth0: Tenant Settings, Advanced), if it has it.',
  );
}

function backChannelLogout({ door, redis }: Setup, server: oidc.ServerMetadata): Finding {
  if (!redis) return skipped('needs REDIS_URL: sessions in cookies cannot be ended from elsewhere');
  if (!server['backchannel_logout_supported']) return skipped('the provider does not say that it has it');
  const url = `${door?.baseUrl ?? 'the app'}/backchannel-logout`;
  return ok(`the provider has it; register ${url} there, which cannot be seen from here`);
}

function scopes({ door }: Setup, { scopes_supported: known }: oidc.ServerMetadata): Finding {
  if (!door) return skipped('not checked: the configuration has to be mended first');
  if (!known) return skipped('unknown: the provider does not list its scopes');
  // Few providers list the scopes of APIs, so a missing one is only a warning.
  const unknown = door.scopes.filter((scope) => !known.includes(scope));
  if (unknown.length === 0) return ok(`the provider lists ${door.scopes.join(' ')}`);
  const mend = 'Take them out of AUTH0_SCOPE if logins are refused with invalid_scope.';
  return warning(`the provider does not list ${unknown.join(' ')}, which AUTH0_SCOPE asks for`, mend);
}

function refreshTokens({ audience }: Setup, server: oidc.ServerMetadata): Finding {
  if (!audience) return skipped('not needed: AUTH0_AUDIENCE is not set');
  const { scopes_supported: scopes, grant_types_supported: grants } = server;
  const lacks = [
    ...(scopes && !scopes.includes('offline_access') ? ['the scope offline_access'] : []),
    ...(grants && !grants.includes('refresh_token') ? ['the grant refresh_token'] : []),
  ];
  if (lacks.length > 0) {
    const mend =
      'Allow refresh tokens for client and API (Auth0: Allow Offline Access); otherwise people have to sign in again.';
    return warning(`the provider does not name ${lacks.join(' and ')}`, mend);
  }
  return scopes && grants ? ok('the provider has them') : skipped('unknown: the provider does not say');
}
