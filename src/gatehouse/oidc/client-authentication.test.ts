import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { jwtVerify } from 'jose';
import { clientAuth, sdkClientAuth } from './client-authentication.ts';

const PROVIDER = { issuer: 'https://id.example.com', token_endpoint: 'https://id.example.com/token' };

describe('private_key_jwt', () => {
  for (const [alg, pair] of [
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['Ed25519', generateKeyPairSync('ed25519')],
  ] as const) {
    it(`proves the client by a short-lived assertion, and sends no secret: ${alg}`, async () => {
      const authentication = { method: 'private_key_jwt', key: pair.privateKey } as const;
      const prove = await clientAuth(authentication);
      const [body, headers] = [new URLSearchParams(), new Headers()];
      // This returns a promise, though its type does not say so.
      const proved: unknown = prove(PROVIDER, { client_id: 'the-app' }, body, headers);
      await proved;
      const assertion = body.get('client_assertion') ?? '';
      const { payload, protectedHeader } = await jwtVerify(assertion, pair.publicKey, {
        ...{ issuer: 'the-app', subject: 'the-app', audience: PROVIDER.issuer, maxTokenAge: '1 minute' },
        requiredClaims: ['jti', 'exp'],
      });
      assert.equal(protectedHeader.alg, alg);
      assert.ok((payload.exp ?? 0) - (payload.iat ?? 0) <= 300);
      assert.deepEqual([headers.has('authorization'), body.has('client_secret')], [false, false]);
      const { clientAssertionSigningAlg } = sdkClientAuth(authentication) as { clientAssertionSigningAlg: string };
      assert.equal(clientAssertionSigningAlg, alg);
    });
  }
});

describe('client_secret_basic', () => {
  for (const [id, secret] of [
    ['9e1f0c3a-7d42-4a2b-8a1e-0c6f5b1d2e3f', 'Abc~8Q_x.y-z/=&!*()'],
    ['a:b c', 'with: signs + % é'],
  ] as const) {
    it(`is read by those who decode and, where it can be, by those who do not: ${id}`, async () => {
      const headers = new Headers();
      const prove = await clientAuth({ method: 'client_secret_basic', secret });
      prove(PROVIDER, { client_id: id }, new URLSearchParams(), headers);
      const pair = Buffer.from((headers.get('authorization') ?? '').replace('Basic ', ''), 'base64').toString();
      const colon = pair.indexOf(':');
      const parts = [pair.slice(0, colon), pair.slice(colon + 1)];
      const decoded = parts.map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
      assert.deepEqual(decoded, [id, secret]);
      if (!/[%+ :]/.test(id)) assert.deepEqual(parts, [id, secret]);
    });
  }
});
