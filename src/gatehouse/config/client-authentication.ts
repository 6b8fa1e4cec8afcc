import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { EnvReader, Parse } from './env-reader.ts';
import * as parse from './parsers.ts';

/** How the web app proves to the provider that it is the registered client (OpenID Connect Core section 9). */
export type ClientAuthentication =
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly secret: string }
  | { readonly method: 'private_key_jwt'; readonly key: KeyObject };

export function readClientAuthentication(env: EnvReader): ClientAuthentication {
  const methods = parse.oneOf('client_secret_basic', 'client_secret_post', 'private_key_jwt');
  const method = env.optional('AUTH0_CLIENT_AUTH_METHOD', methods, 'client_secret_basic');
  const keyName = 'AUTH0_CLIENT_ASSERTION_SIGNING_KEY';
  if (method === 'private_key_jwt') {
    env.optional('AUTH0_CLIENT_SECRET', parse.text);
    const key = env.required(keyName, signingKey, 'write a PEM private key, or the path of one');
    return Object.freeze({ method, key });
  }
  if (env.isSet(keyName)) {
    env.problem(keyName, `is set, but not used by ${method}; set AUTH0_CLIENT_AUTH_METHOD=private_key_jwt`);
  }
  const hint = 'write the client secret of your application, as its page at the provider shows it';
  const secret = env.required('AUTH0_CLIENT_SECRET', parse.text, hint);
  return Object.freeze({ method, secret });
}

/** A PEM private key that can sign, or the path of a file that holds one. Newlines may be written as `\n`. */
const signingKey: Parse<KeyObject> = (value) => {
  const pem = value.includes('-----BEGIN')
    ? value.replaceAll('\\n', '\n')
    : parse.orSay('is neither a PEM nor the path of a readable file', () => readFileSync(value, 'utf8'));
  const hint = 'holds no private key that can be read; make one with: openssl genpkey -algorithm RSA';
  const key = parse.orSay(hint, () => createPrivateKey(pem));
  signingAlgorithm(key);
  return key;
};

const EC_ALGORITHMS = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' } as const;

/** The JWS algorithm for a private key (RFC 7518 section 3.1, RFC 9864). Throws where none fits. */
export function signingAlgorithm(key: KeyObject): 'RS256' | 'ES256' | 'ES384' | 'ES512' | 'Ed25519' {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  if (key.asymmetricKeyType === 'ed25519') return 'Ed25519';
  const curve = key.asymmetricKeyDetails?.namedCurve as keyof typeof EC_ALGORITHMS | undefined;
  if (key.asymmetricKeyType === 'ec' && curve && curve in EC_ALGORITHMS) return EC_ALGORITHMS[curve];
  throw new Error('is of a kind that cannot be used here; use RSA, EC (P-256, P-384, P-521) or Ed25519');
}
