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
      // It is a promise, though its type does not say so.
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
