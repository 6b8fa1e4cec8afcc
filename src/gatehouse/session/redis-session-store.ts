import { RedisStore } from 'connect-redis';
import type { WebConfig } from '../config/web-config.ts';
import { pingRedis, type Redis } from '../platform/redis.ts';
import { ask, SessionStoreUnavailableError } from './errors.ts';
import { rebase } from './merge.ts';
import type { RedisKeys } from './redis-keys.ts';
import { createSessionCipher, SealBrokenError } from './session-cipher.ts';
import type { LoadedSession, SessionStore } from './session-store.ts';
import type { WebSession } from './web-session.ts';

const MAX_TOUCH_INTERVAL_SECONDS = 60;
/** Stands in the place of a session that was ended from elsewhere, so that its browser can be told. */
const REVOKED = 'revoked';
const REVOKED_SECONDS = 24 * 60 * 60;
/** More conflicts in a row than any real number of writers makes. */
const MAX_CONFLICTS = 100;

/**
 * A value is `<version> <touchedAt> <sealed>`: the two numbers are readable for Redis, so that it can compare and
 * touch without our key. `sealed` holds the data and when the session began.
 */
const VALUE = /^(\d+) (\d+) (.+)$/;

/** KEYS[1] session, ARGV version read, new value, lifetime in ms → '' gone, 'ok', or the value that is there now */
const COMPARE_AND_SET = `
local value = redis.call('GET', KEYS[1])
if not value or value == 'revoked' then return '' end
if string.match(value, '^%d+') ~= ARGV[1] then return value end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 'ok'`;

/** KEYS[1] session, ARGV touched at, lifetime in ms → 1, or 0 where the session is gone */
const TOUCH = `
local value = redis.call('GET', KEYS[1])
if not value or value == 'revoked' then return 0 end
local version, sealed = string.match(value, '^(%d+) %d+ (.*)$')
redis.call('SET', KEYS[1], version .. ' ' .. ARGV[1] .. ' ' .. sealed, 'PX', ARGV[2])
return 1`;

export interface RedisSessionStoreOptions {
  readonly client: Redis;
  readonly keys: RedisKeys;
  readonly config: Pick<WebConfig, 'secrets' | 'session'>;
  readonly now?: () => number;
}

/** How exactly the end of a session is kept: at most one touch a minute, and often enough for short idle lifetimes. */
export function touchIntervalSeconds({ rollingSeconds }: WebConfig['session']): number {
  return Math.min(MAX_TOUCH_INTERVAL_SECONDS, rollingSeconds / 4);
}

/**
 * Sessions in Redis, sealed and versioned. connect-redis reads and deletes; it has no compare-and-set, without
 * which a slow request would write back what a fast one has replaced meanwhile, so writing is ours.
 */
export function createRedisSessionStore(options: RedisSessionStoreOptions): SessionStore {
  const { client, keys, config, now = Date.now } = options;
  const { rollingSeconds, absoluteSeconds } = config.session;
  const touchInterval = touchIntervalSeconds(config.session);
  const cipher = createSessionCipher(config.secrets);
  const asText = { parse: (text: string) => text as never, stringify: String };
  const transport = new RedisStore({ client, prefix: keys.sessionPrefix, serializer: asText });

  const epochSeconds = () => Math.floor(now() / 1000);
  const expiry = (createdAt: number, touchedAt: number) =>
    Math.min(touchedAt + rollingSeconds, createdAt + absoluteSeconds);
  const lifetimeMs = (createdAt: number, touchedAt: number) =>
    String(Math.max(1, expiry(createdAt, touchedAt) * 1000 - now()));

  function encode(name: string, version: number, touchedAt: number, createdAt: number, data: object): string {
    return `${version} ${touchedAt} ${cipher.seal(JSON.stringify({ createdAt, data }), name)}`;
  }

  function decode(name: string, value: string): LoadedSession | undefined {
    const [, version = '', touched = '', sealed = ''] = VALUE.exec(value) ?? [];
    try {
      const { createdAt, data } = JSON.parse(cipher.open(sealed, name)) as {
        createdAt: number;
        data: WebSession;
      };
      const touchedAt = Number(touched);
      const expiresAt = expiry(createdAt, touchedAt);
      if (expiresAt * 1000 <= now()) return undefined;
      const isOldSeal = !cipher.isCurrent(sealed);
      const base = JSON.stringify(data);
      return { data, base, version: Number(version), createdAt, touchedAt, expiresAt, isOldSeal };
    } catch (error) {
      // Tampered with, moved from another key, or sealed under a secret that we have no more: no session of ours.
      if (error instanceof SealBrokenError) return undefined;
      throw error;
    }
  }

  function touched(loaded: LoadedSession, touchedAt: number): void {
    loaded.touchedAt = touchedAt;
    loaded.expiresAt = expiry(loaded.createdAt, touchedAt);
  }

  async function evaluate(script: string, name: string, ...args: string[]): Promise<unknown> {
    return ask(client.eval(script, { keys: [keys.sessionPrefix + name], arguments: args }));
  }

  const store: SessionStore = {
    nameOf: keys.nameOf,
    find: (id) => store.findNamed(keys.nameOf(id)),

    findNamed: async (name) => {
      const value = (await ask(transport.get(name))) as string | null;
      if (value === REVOKED) return REVOKED;
      return value === null ? undefined : decode(name, value);
    },

    create: async (id, data) => {
      const name = keys.nameOf(id);
      const at = epochSeconds();
      const options = {
        condition: 'NX',
        expiration: { type: 'PX', value: Number(lifetimeMs(at, at)) },
      } as const;
      await ask(client.set(keys.sessionPrefix + name, encode(name, 1, at, at, data), options));
      const times = { createdAt: at, touchedAt: at, expiresAt: expiry(at, at) };
      return { data, base: JSON.stringify(data), version: 1, ...times, isOldSeal: false };
    },

    update: async (id, loaded) => {
      const name = keys.nameOf(id);
      for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
        const at = epochSeconds();
        const value = encode(name, loaded.version + 1, at, loaded.createdAt, loaded.data);
        const lifetime = lifetimeMs(loaded.createdAt, at);
        const result = await evaluate(COMPARE_AND_SET, name, String(loaded.version), value, lifetime);
        if (result === '') return false;
        if (result === 'ok') {
          loaded.version += 1;
          loaded.base = JSON.stringify(loaded.data);
          loaded.isOldSeal = false;
          touched(loaded, at);
          return true;
        }
        const theirs = decode(name, String(result));
        if (!theirs) return false;
        rebase(loaded, theirs);
      }
      throw new SessionStoreUnavailableError(new Error(`${MAX_CONFLICTS} conflicts in a row`));
    },

    touch: async (id, loaded) => {
      const at = epochSeconds();
      if (at - loaded.touchedAt < touchInterval) return false;
      if (loaded.isOldSeal) return store.update(id, loaded);
      const lifetime = lifetimeMs(loaded.createdAt, at);
      const isThere = (await evaluate(TOUCH, keys.nameOf(id), String(at), lifetime)) === 1;
      if (isThere) touched(loaded, at);
      return isThere;
    },

    end: async (id) => {
      await ask(transport.destroy(keys.nameOf(id)));
    },

    revokeNamed: async (name) => {
      const expiration = { type: 'EX', value: REVOKED_SECONDS } as const;
      // A Redis that is full takes no mark, but it still deletes.
      const marked = ask(client.set(keys.sessionPrefix + name, REVOKED, { condition: 'XX', expiration }));
      await marked.catch(() => ask(transport.destroy(name)));
    },

    assertReadable: () => ask(pingRedis(client)),
    assertWritable: async () => {
      await ask(client.set(keys.probe, '1', { expiration: { type: 'EX', value: 10 } }));
    },
  };
  return store;
}
