import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { nowSeconds, startTokenIssuer, type TokenIssuer } from '../../../e2e/support/token-issuer.ts';
import { createDiscovery } from './discovery.ts';
import { createSigningKeys } from './signing-keys.ts';
import { InvalidLogoutTokenError, verifyLogoutToken } from './logout-token.ts';
import { ProviderUnavailableError } from './provider-fault.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const config = { clientId: 'the-app' };

describe('a logout token', () => {
  let issuer: TokenIssuer;
  let parts: Parameters<typeof verifyLogoutToken>[1];
  before(async () => {
    issuer = await startTokenIssuer();
    const discovery = createDiscovery(issuer.url);
    parts = { config, discovery, keys: createSigningKeys(discovery) };
  });
  after(() => issuer.stop());

  const sign = (claims: Record<string, unknown> = {}, other: Parameters<TokenIssuer['sign']>[1] = {}) =>
    issuer.sign(
      {
        aud: config.clientId,
        sub: 'user-1',
        sid: 'session-1',
        jti: randomUUID(),
        exp: undefined,
        events: { [EVENT]: {} },
        ...claims,
      },
      { ...other, header: { typ: 'logout+jwt', ...other.header } },
    );

  const accepted: Record<string, [Record<string, unknown>, Record<string, unknown>?]> = {
    'as the specification has it': [{ exp: nowSeconds() + 120 }],
    'without exp, as real providers send it': [{}],
    'of a minute ago without exp': [{ iat: nowSeconds() - 240 }],
    'whose times have fractions': [{ iat: nowSeconds() - 0.5, exp: nowSeconds() + 90.25 }],
    'whose exp is beyond reason': [{ exp: 1e18 }],
    'with sub only': [{ sid: undefined }],
    'with sid only': [{ sub: undefined }],
    'for several audiences': [{ aud: ['another', config.clientId] }],
    'of a clock that is a little ahead': [{ iat: nowSeconds() + 30 }],
    'of type JWT': [{}, { typ: 'JWT' }],
    'without a type': [{}, { typ: undefined }],
  };
  for (const [name, [claims, header]] of Object.entries(accepted)) {
    it(`${name} is accepted`, async () => {
      const token = await verifyLogoutToken(await sign(claims, header && { header }), parts);
      // Redis accepts only whole numbers, and no absurdly large ones.
      assert.ok(Number.isSafeInteger(token.rememberSeconds) && token.rememberSeconds > 60);
      assert.ok(token.rememberSeconds < 10 ** 9);
      assert.equal(token.sid, 'sid' in claims ? undefined : 'session-1');
    });
  }

  const refused: Record<string, [Record<string, unknown>, RegExp, Record<string, unknown>?]> = {
    'of another issuer': [{ iss: 'https://other.example' }, /iss claim/],
    'for another client': [{ aud: 'another' }, /aud claim/],
    'without an audience': [{ aud: undefined }, /aud claim/],
    'that has ended': [{ exp: nowSeconds() - 120 }, /exp claim/],
    'without iat': [{ iat: undefined }, /iat is missing/],
    'of the future': [{ iat: nowSeconds() + 3600 }, /iat/],
    'of long ago without exp': [{ iat: nowSeconds() - 3600 }, /no exp/],
    'without jti': [{ jti: undefined }, /jti/],
    'with an empty jti': [{ jti: '' }, /jti/],
    'without events': [{ events: undefined }, /events/],
    'with another event': [{ events: { 'https://example.com/event': {} } }, /events/],
    'with an event that is no object': [{ events: { [EVENT]: true } }, /events/],
    'with an event that is a list': [{ events: { [EVENT]: [] } }, /events/],
    'with neither sub nor sid': [{ sub: undefined, sid: undefined }, /neither/],
    'with an empty sid': [{ sid: '' }, /sid/],
    'with a sid that is no text': [{ sid: 7 }, /sid/],
    'with a nonce': [{ nonce: 'n' }, /nonce/],
    'that is an access token': [{}, /typ/, { typ: 'at+jwt' }],
  };
  for (const [name, [claims, rule, header]] of Object.entries(refused)) {
    it(`${name} is refused`, async () => {
      const token = await sign(claims, header && { header });
      await assert.rejects(verifyLogoutToken(token, parts), (error: Error) => {
        assert.ok(error instanceof InvalidLogoutTokenError, error.stack);
        assert.match(error.message, rule);
        return true;
      });
    });
  }

  it('signed by nobody, by a shared secret or by another key is refused', async () => {
    const [header, body] = (await sign()).split('.');
    const none = Buffer.from('{"alg":"none","typ":"logout+jwt"}').toString('base64url');
    const stranger = await startTokenIssuer();
    const secret = new TextEncoder().encode(await issuer.publicKeyPem());
    const tokens = [
      `${none}.${body}.`,
      `${header}.${body}.AAAA`,
      'rubbish',
      await sign({}, { header: { alg: 'HS256' }, key: secret }),
      await stranger.sign({ iss: issuer.url, aud: config.clientId, events: { [EVENT]: {} }, jti: '1' }),
    ];
    await stranger.stop();
    for (const token of tokens) await assert.rejects(verifyLogoutToken(token, parts), InvalidLogoutTokenError);
  });

  it('that is none by its header costs the provider no lookup, and is refused also while it is away', async () => {
    const untouched = () => assert.fail('a key was asked for');
    const ignorant = { ...parts, keys: { including: untouched }, discovery: { metadata: untouched } };
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const token of [`${none}.e30.`, await sign({}, { header: { typ: 'at+jwt', kid: 'unknown' } }), 'x.y.z'])
      await assert.rejects(verifyLogoutToken(token, ignorant), InvalidLogoutTokenError);
  });

  it('is refused in words that an error_description may have', async () => {
    // RFC 6749 section 5.2
    for (const claims of [{ iss: 'https://other.example' }, { aud: 'x' }, { exp: 1 }, { nbf: 'x' }]) {
      await assert.rejects(verifyLogoutToken(await sign(claims), parts), /^[^:]+: [ !#-[\]-~]+$/);
    }
  });

  it('is checked by known keys while the provider is away; without any it cannot be', async () => {
    const token = await sign();
    await verifyLogoutToken(token, parts);
    await issuer.stop();
    await verifyLogoutToken(token, parts);
    const discovery = createDiscovery(issuer.url);
    const ignorant = { config, discovery, keys: createSigningKeys(discovery) };
    await assert.rejects(verifyLogoutToken(token, ignorant), ProviderUnavailableError);
    await issuer.restart();
  });
});
