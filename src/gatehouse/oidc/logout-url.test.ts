import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as oidc from 'openid-client';
import { providerLogoutUrl } from './logout-url.ts';
import type { ProviderClient } from './provider-client.ts';

const issuer = 'https://tenant.us.auth0.com';
const config = { issuer, clientId: 'client', baseUrl: 'https://app.example', basePath: '', logoutParams: {} };

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

  it('without the hint where that makes the address longer than what passes on the way', async () => {
    const endpoint = { end_session_endpoint: `${issuer}/logout` };
    const provider = providerWith(endpoint);
    const long = await providerLogoutUrl('x'.repeat(4000), { config: { ...config, isAuth0: false }, provider });
    const { searchParams } = new URL(long ?? '');
    assert.deepEqual([searchParams.get('id_token_hint'), searchParams.get('client_id')], [null, 'client']);
  });

  it('with what the configuration adds, and what Cognito wants', async () => {
    const cognito = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a';
    const of = (more: object) =>
      providerLogoutUrl('id-token', {
        config: { ...config, isAuth0: false, ...more },
        provider: providerWith({ end_session_endpoint: `${issuer}/logout` }),
      });
    const federated = new URL((await of({ logoutParams: { federated: '1' } })) ?? '').searchParams;
    assert.deepEqual([federated.get('federated'), federated.get('logout_uri')], ['1', null]);
    const { searchParams } = new URL((await of({ issuer: cognito })) ?? '');
    assert.equal(searchParams.get('logout_uri'), 'https://app.example');
  });
});
