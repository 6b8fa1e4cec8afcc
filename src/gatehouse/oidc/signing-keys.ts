import { createRemoteJWKSet, customFetch, errors, type JSONWebKeySet, type JWK } from 'jose';
import { type Discovery, PROVIDER_TIMEOUT_SECONDS } from './discovery.ts';
import { CURVES, isAsymmetric } from './signing-algorithms.ts';
import { fetchOnceMore } from './provider-fetch.ts';
import { providerFault, ProviderUnavailableError, withinReason } from './provider-fault.ts';

/** An unknown key id is looked up at once, but no more often than this. */
const COOLDOWN_MS = 1000;
const MAX_AGE_MS = 10 * 60_000;
/** How long the last good keys are used while the provider is away. */
const KEPT_MS = 24 * 60 * 60_000;

/** Thrown when the provider's keys are needed and cannot be had: nothing can be said about a token then. */
export class SigningKeysUnavailableError extends ProviderUnavailableError {
  constructor(cause: unknown) {
    const kind = cause instanceof errors.JWKSTimeout ? 'slow' : 'away';
    super(new Error('the signing keys of the provider cannot be fetched', { cause }), { fault: { kind } });
  }
}

export type SigningKeys = ReturnType<typeof createSigningKeys>;

/** The provider's public keys (RFC 7517), through rotations and outages. */
export function createSigningKeys(discovery: Discovery, { now = Date.now }: { now?: () => number } = {}) {
  let keys: JSONWebKeySet = { keys: [] };
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let nextTryAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let trying: Promise<void> | undefined;

  async function fetchKeys(): Promise<void> {
    nextTryAt = now() + COOLDOWN_MS;
    try {
      const { jwks_uri } = await discovery.metadata();
      if (!jwks_uri) throw new Error('the provider names no jwks_uri');
      const remote = createRemoteJWKSet(new URL(jwks_uri), {
        timeoutDuration: PROVIDER_TIMEOUT_SECONDS * 1000,
        [customFetch]: async (url, init) => {
          const response = await fetchOnceMore(discovery.fetch, url, init);
          const { retryAfterSeconds } = providerFault({ response });
          if (retryAfterSeconds !== undefined) nextTryAt = now() + withinReason(retryAfterSeconds) * 1000;
          return response;
        },
      });
      await remote.reload();
      const fetched = remote.jwks();
      if (!fetched?.keys.length) throw new Error('the provider publishes no keys');
      keys = fetched;
      fetchedAt = now();
      failure = undefined;
    } catch (error) {
      failure = error;
    }
  }

  return {
    /**
     * The keys, looked up anew where `keyId` is not among them. The same object for as long as they stay.
     * @throws SigningKeysUnavailableError
     */
    including: async (keyId: string | undefined): Promise<JSONWebKeySet> => {
      const has = () => now() - fetchedAt <= KEPT_MS && keys.keys.some((key) => isOfId(key, keyId));
      const isFresh = now() - fetchedAt < MAX_AGE_MS;
      if (!isFresh || !has()) {
        if (now() >= nextTryAt) trying ??= fetchKeys().finally(() => (trying = undefined));
        // Once the provider is known to be in trouble, nobody whose key is there waits for it.
        if (!failure || !has()) await trying;
      }
      if (failure && !has()) throw new SigningKeysUnavailableError(failure);
      return keys;
    },
  };
}

/** Whether a token that names `kid` may be signed by this key: some providers leave out key ids. */
export function isOfId(key: JWK, kid: string | undefined): boolean {
  return kid === undefined || key.kid === undefined || key.kid === kid;
}

/** Keys as used for one algorithm, made once: jose imports a key once per object. */
const serving = new WeakMap<JWK, Record<string, JWK>>();

/**
 * The keys that may have signed a token with this header: those of its key id and those without one, since providers
 * leave ids out, or give one twice. None where its algorithm does not use key pairs.
 */
export function candidates(jwks: JSONWebKeySet, { kid, alg = '' }: { kid?: string; alg?: string }): JWK[] {
  if (!isAsymmetric(alg)) return [];
  const curve = CURVES.get(alg);
  const isFor = ({ kty, crv, use = 'sig', key_ops: uses = ['verify'], alg: only = alg }: JWK) =>
    (curve === undefined ? kty === 'RSA' : crv === curve) && use === 'sig' && uses.includes('verify') && only === alg;
  return jwks.keys
    .filter((key) => isOfId(key, kid) && isFor(key))
    .map((key) => {
      const known = serving.get(key) ?? {};
      serving.set(key, known);
      return (known[alg] ??= { ...key, alg });
    });
}
