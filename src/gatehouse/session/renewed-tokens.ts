import { hash, randomUUID } from 'node:crypto';
import { type SessionContent, TOKEN_FIELDS } from './session-content.ts';

/** How long requests with an old cookie get the tokens that followed. */
const REMEMBERED_MS = 10 * 60_000;
const MAX_REMEMBERED = 10_000;

export type Tokens = Pick<SessionContent, (typeof TOKEN_FIELDS)[number]>;

/** The tokens of one login through all its refreshes. */
interface TokenLine {
  readonly id: string;
  /** The latest tokens that this process knows; undefined before the first refresh. */
  latest?: Tokens;
  hasEnded?: true;
  /** The last work that asked to be alone. */
  tail: Promise<unknown>;
  usedAt: number;
}

/**
 * What this process knows of tokens whose session is in a cookie. A cookie can only be written with an answer, so what
 * followed a refresh token is remembered for a while: for parallel requests, which bring the old one, and for a page
 * that gave up before its answer came. Other processes know nothing of it.
 */
export function renewedTokens() {
  // By the hash of each refresh token that the line has had; the least recently used come first.
  const lines = new Map<string, TokenLine>();
  const keyOf = (refreshToken: string) => hash('sha256', refreshToken, 'base64url');

  function remember(refreshToken: string, line: TokenLine): void {
    line.usedAt = Date.now();
    const key = keyOf(refreshToken);
    lines.delete(key);
    lines.set(key, line);
    for (const [oldest, { usedAt }] of lines) {
      if (lines.size <= MAX_REMEMBERED && Date.now() - usedAt < REMEMBERED_MS) break;
      lines.delete(oldest);
    }
  }

  return {
    remember,
    /** The line that a refresh token belongs to; a new line if the token was never seen. */
    lineOf: (refreshToken: string): TokenLine => {
      const line = lines.get(keyOf(refreshToken)) ?? { id: randomUUID(), tail: Promise.resolve(), usedAt: Date.now() };
      remember(refreshToken, line);
      return line;
    },
  };
}

export function tokensOf(content: SessionContent): Tokens {
  return Object.fromEntries(
    TOKEN_FIELDS.filter((name) => content[name] !== undefined).map((name) => [name, content[name]]),
  );
}

/** Whether a line has newer tokens than a session. */
export function isNewer(latest: Tokens | undefined, content: SessionContent): latest is Tokens {
  return (latest?.renewed_at ?? 0) > (content.renewed_at ?? 0);
}
