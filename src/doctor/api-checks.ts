import { type Check, CHECK_MS, type Finding, ok, skipped, warning } from './check.ts';
import { proxyFor } from '../program/outgoing.ts';
import { explainNetwork, through } from './network.ts';
import type { Setup } from './setup.ts';

/** Whether the API is there, and accepts the tokens of logins. Logins work without it, so problems are warnings. */
export async function apiChecks({ audience, apiServerUrl, issuer, isLocal, proxies }: Setup): Promise<Check[]> {
  if (apiServerUrl === null) return [{ name: 'api', ...skipped('not checked: that is up to your app') }];
  if (!audience) return [{ name: 'api', ...skipped('not used: AUTH0_AUDIENCE is not set') }];
  if (!apiServerUrl) return [{ name: 'api', ...skipped('not checked: API_SERVER_URL cannot be read') }];
  const proxy = proxyFor(new URL(apiServerUrl), proxies);
  try {
    // This address is public at any API (RFC 9728), and the request carries no secret.
    const response = await fetch(`${apiServerUrl}/.well-known/oauth-protected-resource`, {
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(CHECK_MS),
    });
    if (response.status >= 500) {
      return [
        {
          name: 'api',
          ...warning(`${apiServerUrl} answers ${response.status}`, 'Look at the log of the API.'),
        },
      ];
    }
    const document: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
    return [
      { name: 'api', ...ok(`${apiServerUrl} answers${through(proxy)}`) },
      { name: 'api agrees', ...agreement(document, { audience, issuer }) },
    ];
  } catch (error) {
    const { message, mend } = explainNetwork(error, apiServerUrl, 'API_SERVER_URL', proxy);
    const start = isLocal ? 'Run npm start in another terminal.' : `${mend} npm start runs the API of this project.`;
    return [{ name: 'api', ...warning(message, start) }];
  }
}

function agreement(document: unknown, ours: { audience: string; issuer: string | undefined }): Finding {
  const { resource, authorization_servers: issuers } = (document ?? {}) as Record<string, unknown>;
  if (typeof resource !== 'string' || !Array.isArray(issuers)) {
    return skipped('unknown: the API does not describe itself (RFC 9728)');
  }
  if (resource !== ours.audience) {
    const mend = 'Set AUTH0_AUDIENCE to the same text for both; it is the identifier of the API at the provider.';
    return warning(`the API is ${resource}, and tokens are for ${ours.audience}`, mend);
  }
  // Auth0 writes a slash at the end, which people often leave out.
  const bare = (url: unknown) => String(url).replace(/\/+$/, '');
  if (issuers.length > 0 && !issuers.some((issuer) => bare(issuer) === ours.issuer)) {
    const mend = 'Set AUTH0_DOMAIN or ISSUER_BASE_URL to the same provider for both.';
    return warning(
      `the API accepts tokens from ${issuers.map(bare).join(', ')}, not from ${ours.issuer ?? 'ours'}`,
      mend,
    );
  }
  return ok('accepts tokens from this provider for this audience');
}
