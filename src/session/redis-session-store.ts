import { RedisStore } from 'connect-redis';
import type { SessionData } from 'express-session';
import type { Redis } from '../platform/redis.ts';
import type { SessionStore, StoredSession } from './session-store.ts';

/** Sessions in Redis under `gatehouse:session:<id>`, shared by every process that knows the same Redis. */
export function createRedisSessionStore(client: Redis): SessionStore {
  const store = new RedisStore({ client, prefix: 'gatehouse:session:' });
  return {
    find: async (id) => (await store.get(id)) as StoredSession | undefined,
    save: async (id, session) => {
      // Typed for express-session; connect-redis only reads cookie.expires and stores the rest as JSON.
      await store.set(id, session as unknown as SessionData);
    },
    end: async (id) => {
      await store.destroy(id);
    },
  };
}
