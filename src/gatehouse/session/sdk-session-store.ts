import type { WritableSessionIndex } from './redis-session-index.ts';
import type { SessionContext, SessionContexts } from './session-context.ts';
import { ownerOf } from './session-owner.ts';
import type { SessionStore } from './session-store.ts';
import type { WebSession } from './web-session.ts';

/** What the SDK hands over of a session. All times are its own and not used: ours are in the store. */
interface SdkSession {
  readonly header: { readonly iat: number; readonly uat: number; readonly exp: number };
  readonly data: WebSession;
}

/**
 * Our sessions as the SDK's option `session.store` takes them. The SDK reads at the beginning and writes at the end
 * of every request; here a request that changed nothing writes nothing, and one that did is merged.
 */
export function createSdkSessionStore(parts: {
  store: SessionStore;
  index: WritableSessionIndex;
  contexts: SessionContexts;
  /** How long a session lives at most. */
  absoluteSeconds: number;
}) {
  const { store, index, contexts, absoluteSeconds } = parts;

  async function get(id: string): Promise<SdkSession | undefined> {
    const context = contexts.current();
    if (!context?.loaded || context.presentedId !== id) return undefined;
    const { createdAt, touchedAt, expiresAt, data } = context.loaded;
    return { header: { iat: createdAt, uat: touchedAt, exp: expiresAt }, data };
  }

  async function set(id: string, { data }: SdkSession): Promise<void> {
    const context = contexts.current();
    if (!context) throw new Error('a session is written outside of a request');
    if (context.loaded?.data === data && context.presentedId === id) await writeBack(id, context);
    // An id that the browser brought and that has no session any more never gets one again.
    else if (context.presentedId !== id) await create(id, data, context);
  }

  async function writeBack(id: string, context: SessionContext): Promise<void> {
    const { loaded } = context;
    if (!loaded) return;
    if (JSON.stringify(loaded.data) !== loaded.base) {
      context.sendCookie = await store.update(id, loaded);
    } else {
      // Nothing is lost if a touch fails: the page is whole, and the next request tries again.
      context.sendCookie = await store.touch(id, loaded).catch(() => false);
    }
  }

  async function create(id: string, data: WebSession, context: SessionContext): Promise<void> {
    data.user_agent = context.userAgent;
    const owner = ownerOf(data);
    const name = store.nameOf(id);
    // In this order: see redis-session-index.ts.
    if (owner) await index.add(name, owner, Math.floor(context.startedAt / 1000) + absoluteSeconds);
    await store.create(id, data);
    // The new session is what counts: where the old one cannot be ended now, it ends by itself.
    if (context.isReplaced) await endPresented(context).catch(() => undefined);
    if (owner && (await index.wasEndedSince(owner, context.startedAt))) {
      await store.end(id);
      await index.remove(name, owner);
      return;
    }
    context.sendCookie = true;
  }

  async function destroy(id: string): Promise<void> {
    const context = contexts.current();
    if (!context) return;
    if (context.presentedId !== id || context.isReplaced) return;
    // First, since an answer that says that it did not work clears no cookie.
    await endPresented(context);
    // The cookie of a session that is gone is left alone: the browser may have a new one by now.
    context.sendCookie = context.loaded !== undefined || context.isRevoked;
  }

  async function endPresented({ loaded, presentedId: id }: SessionContext): Promise<void> {
    if (!loaded || id === undefined) return;
    await store.end(id);
    const owner = ownerOf(JSON.parse(loaded.base) as WebSession);
    await (owner && index.remove(store.nameOf(id), owner))?.catch(() => undefined);
  }

  // The SDK sorts methods by their source text: only one-line async arrows like these are surely taken for
  // promises, and "c" and "b" must not meet in them (its lib/utils/promisifyCompat.js).
  return {
    get: async (id: string) => get(id),
    set: async (id: string, session: SdkSession) => set(id, session),
    destroy: async (id: string) => destroy(id),
  };
}

export type SdkSessionStore = ReturnType<typeof createSdkSessionStore>;
