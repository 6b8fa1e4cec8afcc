import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { TestApp } from './app.ts';

export const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

/** Makes logout tokens that no sign-out at the local provider makes; the app takes our key for the provider's. */
export async function tokensOf(app: TestApp) {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'ours' };
  const including = app.inside.keys.including.bind(app.inside.keys);
  Object.assign(app.inside.keys, {
    including: async (keyId: string | undefined) => (keyId === 'ours' ? { keys: [jwk] } : including(keyId)),
  });
  return (claims: Record<string, unknown>) =>
    new SignJWT({ iss: app.providerUrl, aud: 'gatehouse-test', jti: randomUUID(), events: EVENTS, ...claims })
      .setIssuedAt()
      .setProtectedHeader({ alg: 'RS256', kid: 'ours', typ: 'logout+jwt' })
      .sign(privateKey);
}

/** Sends a logout token as the provider does. */
export const deliver = (app: TestApp, token: string) =>
  fetch(`${app.url}/backchannel-logout`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  });
