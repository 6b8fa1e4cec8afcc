import { secretId, shortSecretId, UnknownSecretError } from '../platform/secret-id.ts';
import type { Redis } from '../platform/redis.ts';
import type { RedisKeys } from './redis-keys.ts';

const ANNOUNCED_EVERY_MS = 60_000;
/** Long enough for two announcements to be lost. */
const ANNOUNCED_SECONDS = 180;
/** How long an answer is good enough: so random cookies cannot make us ask Redis more often. */
const REMEMBERED_MS = 5000;

/** What `read` returns; undefined where it needs a secret not in use. @throws UnknownSecretError where it is in use */
export async function readOrGone<T>(
  read: () => T,
  isInUse: (secretId: string) => Promise<boolean>,
): Promise<T | undefined> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UnknownSecretError) || (await isInUse(error.secretId))) throw error;
    return undefined;
  }
}

export type SecretsInUse = ReturnType<typeof createSecretsInUse>;

/**
 * Which secrets this app's processes now write with. What one of them has sealed is not gone for a process that does
 * not have its secret (yet): a new one is being rolled out. What none of them can have sealed is gone.
 */
export function createSecretsInUse(client: Redis, keys: RedisKeys, secrets: readonly string[]) {
  const own = keys.secret(shortSecretId(secretId(secrets[0] ?? '')));
  const announce = () => {
    client.set(own, '1', { expiration: { type: 'EX', value: ANNOUNCED_SECONDS } }).catch(() => undefined);
  };
  let timer: NodeJS.Timeout | undefined;
  let answers = new Map<string, { readonly inUse: Promise<boolean>; readonly until: number }>();

  function isInUse(id: string): Promise<boolean> {
    const known = answers.get(id);
    if (known && performance.now() < known.until) return known.inUse;
    if (answers.size > 100) answers = new Map();
    const inUse = client.get(keys.secret(id)).then((value) => value !== null);
    answers.set(id, { inUse, until: performance.now() + REMEMBERED_MS });
    inUse.catch(() => answers.delete(id));
    return inUse;
  }

  return {
    /** What `read` returns; undefined where it needs a secret that nobody uses any more. @throws UnknownSecretError */
    orGone: <T>(read: () => T) => readOrGone(read, isInUse),
    /** From now on this process writes with its secret. */
    announce: (): void => {
      if (timer) return;
      timer = setInterval(announce, ANNOUNCED_EVERY_MS).unref();
      announce();
    },
    stop: () => clearInterval(timer),
  };
}
