import { importPKCS8 } from 'jose';
import { type ClientAuth, ClientSecretBasic, ClientSecretPost, PrivateKeyJwt } from 'openid-client';
import { type ClientAuthentication, signingAlgorithm } from '../config/client-authentication.ts';

/** The client's proof at the token endpoint as openid-client takes it. */
export async function clientAuth(authentication: ClientAuthentication): Promise<ClientAuth> {
  if (authentication.method === 'private_key_jwt') {
    const pem = authentication.key.export({ type: 'pkcs8', format: 'pem' }).toString();
    return PrivateKeyJwt(await importPKCS8(pem, signingAlgorithm(authentication.key)));
  }
  const method = authentication.method === 'client_secret_post' ? ClientSecretPost : ClientSecretBasic;
  return method(authentication.secret);
}

/** The same as express-openid-connect takes it. */
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
