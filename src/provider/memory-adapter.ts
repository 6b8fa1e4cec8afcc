import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import { InvalidGrant } from 'oidc-provider/lib/helpers/errors.js';
import type { ProviderMemory } from './memory.ts';

interface Entry {
  readonly payload: AdapterPayload;
  readonly expiresAt: number;
}

/** Lets oidc-provider keep its sessions, grants and tokens in `memory`. */
export function createMemoryAdapter(memory: ProviderMemory): AdapterFactory {
  return (kind) => new MemoryAdapter(memory.kind(kind));
}

/** Entries of one kind. They all live equally long, so the Map's order is (nearly) that of their expiry. */
class MemoryAdapter implements Adapter {
  readonly #entries: Map<string, Entry>;

  constructor(entries: Map<string, Entry>) {
    this.#entries = entries;
  }

  async upsert(id: string, payload: AdapterPayload, ttlSeconds = 1e9): Promise<void> {
    const now = Date.now();
    for (const [oldest, { expiresAt }] of this.#entries) {
      if (expiresAt > now) break;
      this.#entries.delete(oldest);
    }
    this.#entries.delete(id);
    this.#entries.set(id, { payload, expiresAt: now + ttlSeconds * 1000 });
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const entry = this.#entries.get(id);
    return entry && entry.expiresAt > Date.now() ? { ...entry.payload } : undefined;
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#first((payload) => payload.uid === uid);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#first((payload) => payload.userCode === userCode);
  }

  async #first(matches: (payload: AdapterPayload) => boolean): Promise<AdapterPayload | undefined> {
    for (const [id, { payload }] of this.#entries) {
      if (matches(payload)) return this.find(id);
    }
    return undefined;
  }

  /** @throws InvalidGrant for the second of two requests that came with the same code or refresh token at once */
  async consume(id: string): Promise<void> {
    const payload = this.#entries.get(id)?.payload;
    if (!payload || payload.consumed) throw new InvalidGrant('already used');
    payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    this.#entries.delete(id);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, { payload }] of this.#entries) {
      if (payload.grantId === grantId) this.#entries.delete(id);
    }
  }
}
