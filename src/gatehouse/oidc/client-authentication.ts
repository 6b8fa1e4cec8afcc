import { importPKCS8 } from 'jose';
import { type ClientAuth, ClientSecretPost, PrivateKeyJwt } from 'openid-client';
import { type ClientAuthentication, signingAlgorithm } from '../config/client-authentication.ts';

/** The client's proof at the token endpoint, in the form that openid-client takes. */
export async function clientAuth(authentication: ClientAuthentication): Promise<ClientAuth> {
  if (authentication.method === 'private_key_jwt') {
    const pem = authentication.key.export({ type: 'pkcs8', format: 'pem' }).toString();
    return PrivateKeyJwt(await importPKCS8(pem, signingAlgorithm(authentication.key)));
  }
  const { method, secret } = authentication;
  if (method === 'client_secret_post') return ClientSecretPost(secret);
  return (_server, client, _body, headers) => headers.set('authorization', basicCredentials(client.client_id, secret));
}

/**
 * The header of `client_secret_basic` (RFC 6749 section 2.3.1), which many providers read without decoding: so only
 * what must be is encoded. openid-client encodes hyphens, too, and most client IDs have some.
 */
export function basicCredentials(clientId: string, secret: string): string {
  const encoded = (text: string, odd: RegExp) => text.replace(odd, encodeURIComponent);
  const pair = `${encoded(clientId, /[%+:]|[^\x21-\x7e]/gu)}:${encoded(secret, /[%+]|[^\x21-\x7e]/gu)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** The same in the form that express-openid-connect takes. */
export function sdkClientAuth(authentication: ClientAuthentication) {
  if (authentication.method === 'private_key_jwt') {
    return {
      clientAuthMethod: authentication.method,
      clientAssertionSigningKey: authentication.key,
      clientAssertionSigningAlg: signingAlgorithm(authentication.key),
    };
  }
  return { clientAuthMethod: authentication.method, clientSecret: authentication.secret };
}
