import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as oidc from 'openid-client';
import { providerLogoutUrl } from './logout-url.ts';
import type { ProviderClient } from './provider-client.ts';

const issuer = 'https://tenant.us.auth0.com';
const config = { issuer, clientId: 'client', baseUrl: 'https://app.example', logoutParams: {} };

/** A provider with this metadata, or one that is away. */
function providerWith(metadata: Partial<oidc.ServerMetadata> | undefined): ProviderClient {
  const configuration = async () => {
    if (!metadata) throw new Error('the provider is away');
    return new oidc.Configuration({ issuer, ...metadata }, 'client');
  };
  return { configuration } as ProviderClient;
}

const urlOf = (isAuth0: boolean, metadata: Partial<oidc.ServerMetadata> | undefined) =>
  providerLogoutUrl('id-token', { config: { ...config, isAuth0 }, provider: providerWith(metadata) });

describe('where a logout goes on', () => {
  it('at the end-session endpoint, with the hint, a state and where to come back to', async () => {
    const url = new URL((await urlOf(true, { end_session_endpoint: `${issuer}/oidc/logout` })) ?? '');
    assert.equal(url.origin + url.pathname, `${issuer}/oidc/logout`);
    assert.equal(url.searchParams.get('id_token_hint'), 'id-token');
    assert.equal(url.searchParams.get('post_logout_redirect_uri'), 'https://app.example');
    assert.equal(url.searchParams.get('client_id'), 'client');
    assert.ok(url.searchParams.get('state'));
  });

  it('at /v2/logout of an Auth0 tenant without one, or that cannot be asked', async () => {
    for (const metadata of [{}, undefined]) {
      assert.equal(
        await urlOf(true, metadata),
        `${issuer}/v2/logout?client_id=client&returnTo=https%3A%2F%2Fapp.example`,
      );
    }
  });

  it('nowhere at another provider', async () => {
    for (const metadata of [{}, undefined]) assert.equal(await urlOf(false, metadata), undefined);
  });
});
