import { createHash, randomUUID } from 'node:crypto';
import { lstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Everything that the provider remembers: keys, accounts, sessions, grants and tokens, each kind in its own map. */
export class ProviderMemory {
  readonly #kinds: Map<string, Map<string, unknown>>;

  constructor(kinds: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {}) {
    this.#kinds = new Map(Object.entries(kinds).map(([kind, entries]) => [kind, new Map(Object.entries(entries))]));
  }

  /** The map's values have to be JSON. */
  kind<T>(name: string): Map<string, T> {
    const known = this.#kinds.get(name) ?? new Map<string, unknown>();
    this.#kinds.set(name, known);
    return known as Map<string, T>;
  }

  toJSON(): unknown {
    const entries = [...this.#kinds].map(([kind, map]) => [kind, Object.fromEntries(map)] as const);
    return Object.fromEntries(entries);
  }
}

/** Where the provider at `issuer` may keep its memory across restarts: one file for each working directory. */
export function memoryFileOf(issuer: string): string {
  const name = createHash('sha256').update(`${process.cwd()} ${issuer}`).digest('hex').slice(0, 16);
  return join(tmpdir(), `gatehouse-provider-${name}.json`);
}

/** What is in the file; empty if it is missing or unreadable, or if somebody else may have written it. */
export function readMemory(file: string): ProviderMemory {
  try {
    const { uid, mode } = lstatSync(file);
    const isOurs = process.platform === 'win32' || (uid === process.getuid?.() && (mode & 0o077) === 0);
    if (isOurs) return new ProviderMemory(JSON.parse(readFileSync(file, 'utf8')) as Record<string, never>);
  } catch {
    // Then the memory starts afresh.
  }
  return new ProviderMemory();
}

/** Writes the whole file or nothing, readable by this user only. @throws Error of the file system */
export function writeMemory(file: string, memory: ProviderMemory): void {
  // Of no fixed name: a process that died in between may have left its own.
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(memory), { mode: 0o600, flag: 'wx' });
  renameSync(draft, file);
}
